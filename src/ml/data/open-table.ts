import { open, stat } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import type { Job } from '../../schemas/job.ts';
import { CsvTable } from './csv-table.ts';
import { FilesTable } from './files-table.ts';
import { findFiles } from './find-files.ts';
import { IMAGE_NAME } from './images/decode-image.ts';
import { ImageFolder } from './images/image-folder.ts';
import { JsonLinesTable } from './json-lines-table.ts';
import { ParquetTable } from './parquet-table.ts';
import type { Table } from './table.ts';
import { openText, type TextFile, type TextSource } from './text/text-source.ts';

const MOST_COLUMNS = 4_096;
const HEAD_BYTES = 256 * 1024;

/**
 * Opens a table of one file or several, an image or a folder of images; an InputError on `field`
 * says what is wrong with it.
 * @param data paths, and patterns with `*`, `**` and `?`
 */
export async function openTable(
  data: string | readonly string[],
  format: Job['format'],
  field = 'data',
): Promise<Table> {
  const paths = await findFiles(typeof data === 'string' ? [data] : data, field);
  const tables: Table[] = [];
  for (const path of paths) tables.push(await openFile(path, format, field));
  const [first, ...others] = tables as [Table, ...Table[]];
  if (others.length === 0) return first;
  const images = tables.find((table) => table instanceof ImageFolder);
  if (images === undefined) return new FilesTable([first, ...others], field);
  throw new InputError({
    code: 'SeveralImageFolders',
    field,
    value: images.path,
    expected: 'one folder of images, or several tables',
    remedy: 'Put the images into one folder, or name them in a table of paths.',
  });
}

async function openFile(path: string, format: Job['format'], field: string): Promise<Table> {
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
    isParquet && (format.kind ?? 'parquet') === 'parquet'
      ? await ParquetTable.open(path, bytes, field)
      : await openTextTable({ path, bytes, head }, format, field);
  checkCount(table, field);
  return table;
}

async function openTextTable(file: TextFile, format: Job['format'], field: string): Promise<Table> {
  const text = await openText(file, format.encoding, field);
  const isJson = format.kind === undefined && looksLikeJson(text);
  return isJson || format.kind === 'jsonl'
    ? JsonLinesTable.open(text, field)
    : CsvTable.open({ text, format, field });
}

/** By its name, or by a first line that is an object; a list of objects is told how to be written. */
function looksLikeJson({ path, head }: TextSource): boolean {
  if (/\.(jsonl|ndjson|json)(\.gz)?$/i.test(path)) return true;
  return /^\s*\{\s*("|\})/.test(head);
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

function checkCount({ columns, path }: Table, field: string): void {
  if (columns.length <= MOST_COLUMNS) return;
  throw new InputError({
    code: 'TooManyColumns',
    field,
    value: path,
    expected: `at most ${MOST_COLUMNS} columns; there are ${columns.length}`,
    remedy: 'Keep the columns that matter, or check the separator.',
  });
}
