import { open, stat } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import type { Job } from '../../schemas/job.ts';
import { CsvTable } from './csv-table.ts';
import { IMAGE_NAME } from './images/decode-image.ts';
import { ImageFolder } from './images/image-folder.ts';
import { ParquetTable } from './parquet-table.ts';
import type { Table } from './table.ts';

const MOST_COLUMNS = 4_096;
const HEAD_BYTES = 256 * 1024;

/** Opens a CSV, TSV or Parquet file, an image or a folder of images; an InputError on `field` says what is wrong with it. */
export async function openTable(
  path: string,
  format: Job['format'],
  field = 'data',
): Promise<Table> {
  const { head, bytes, isFolder } = await readHead(path, field);
  if (isFolder) return ImageFolder.open(path, field);
  if (IMAGE_NAME.test(path)) return ImageFolder.ofFile(path);
  const isParquet = head.subarray(0, 4).toString('latin1') === 'PAR1';
  const wantsParquet = format.kind === 'parquet' || /\.parquet$/i.test(path);
  if (wantsParquet && !isParquet) {
    throw new InputError({
      code: 'NotParquet',
      field,
      value: path,
      expected: 'a Parquet file, which starts with PAR1',
      remedy: 'Name a real Parquet file, or give CSV a name that ends in .csv.',
    });
  }
  const table =
    isParquet && format.kind !== 'csv'
      ? await ParquetTable.open(path, bytes, field)
      : await CsvTable.open({ path, bytes, head, format, field });
  checkColumns(table, field);
  return table;
}

interface Head {
  readonly head: Buffer;
  readonly bytes: number;
  readonly isFolder: boolean;
}

async function readHead(path: string, field: string): Promise<Head> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return { head: Buffer.alloc(0), bytes: 0, isFolder: true };
    if (found.size === 0) {
      throw new InputError({
        code: 'EmptyFile',
        field,
        value: path,
        expected: 'a table with a header and rows; the file is empty',
        remedy: 'Name a file that holds data.',
      });
    }
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(Math.min(HEAD_BYTES, found.size));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return { head: buffer.subarray(0, bytesRead), bytes: found.size, isFolder: false };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw notReadable(path, field, 'a file that exists', error);
    }
    if (code === 'EACCES' || code === 'EPERM') {
      throw notReadable(path, field, 'a file that this user may read', error);
    }
    throw error;
  }
}

function notReadable(path: string, field: string, expected: string, cause?: unknown): InputError {
  return new InputError(
    {
      code: 'DataFileUnreadable',
      field,
      value: path,
      expected,
      remedy: 'Check the path; relative ones are meant from the folder of the job or command.',
    },
    { cause },
  );
}

function checkColumns({ columns, path }: Table, field: string): void {
  const seen = new Set<string>();
  for (const name of columns) {
    if (seen.has(name)) {
      throw new InputError({
        code: 'DuplicateColumn',
        field,
        value: path,
        expected: `unique column names; '${name}' stands there twice`,
        remedy: `Rename one of the columns '${name}'.`,
      });
    }
    seen.add(name);
  }
  if (columns.length > MOST_COLUMNS) {
    throw new InputError({
      code: 'TooManyColumns',
      field,
      value: path,
      expected: `at most ${MOST_COLUMNS} columns; there are ${columns.length}`,
      remedy: 'Keep the columns that matter, or check the separator.',
    });
  }
}
