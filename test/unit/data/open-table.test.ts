import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { openTable } from '../../../src/ml/data/open-table.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { jobOf } from '../../support/jobs.ts';
import { readAll, writeParquet } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('open-table');
const write = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const open = (path: string, format: JobInput['format'] = {}) =>
  openTable(path, jobOf({ format }).format);

const remedyForPaths =
  'Check the path; relative ones are meant from the folder of the job or command.';

test('Parquet is known by its first bytes, whatever its name', async () => {
  const path = await writeParquet(join(folder, 'misnamed.csv'), 'select 1 as a, 2 as b');
  const table = await open(path);
  expect(table.format).toBe('Parquet');
  expect(await readAll(table)).toEqual([[1, 2]]);
});

test('CSV needs no ending of its own', async () => {
  expect((await open(await write('iris.data', 'a,b\n1,2\n'))).columns).toEqual(['a', 'b']);
});

test.each([
  ['a CSV file named .parquet', 'wrong.parquet', {}],
  ['a CSV file that the job calls Parquet', 'right.csv', { kind: 'parquet' as const }],
])('%s is refused', async (_, name, format) => {
  const path = await write(name, 'a,b\n1,2\n');
  await expect(open(path, format)).rejects.toMatchObject({
    problem: {
      code: 'NotParquet',
      field: 'data',
      value: path,
      expected: 'a Parquet file, which starts with PAR1',
      remedy: 'Name a real Parquet file, or give CSV a name that ends in .csv.',
    },
  });
});

test('a Parquet file that the job calls CSV is refused as binary', async () => {
  const path = await writeParquet(join(folder, 'real.parquet.bin'), 'select 1 as a');
  await expect(open(path, { kind: 'csv' })).rejects.toMatchObject({ problem: { code: 'NotText' } });
});

test.each([
  ['is not there', 'nowhere.csv', 'a file that exists'],
  ['lies in a file', 'file.csv/inner.csv', 'a file that exists'],
])('a path that %s is refused', async (_, name, expected) => {
  await write('file.csv', 'a,b\n1,2\n');
  const value = join(folder, name);
  await expect(open(value)).rejects.toMatchObject({
    problem: {
      code: 'DataFileUnreadable',
      field: 'data',
      value,
      expected,
      remedy: remedyForPaths,
    },
  });
});

// Root may read all files.
test.skipIf(process.getuid?.() === 0)('a file that may not be read is refused', async () => {
  const path = await write('secret.csv', 'a,b\n1,2\n');
  await chmod(path, 0o000);
  await expect(open(path)).rejects.toMatchObject({
    problem: { code: 'DataFileUnreadable', expected: 'a file that this user may read' },
  });
});

test('an empty file is refused', async () => {
  const path = await write('empty.csv', '');
  await expect(open(path)).rejects.toMatchObject({
    problem: {
      code: 'EmptyFile',
      field: 'data',
      value: path,
      expected: 'a table with a header and rows; the file is empty',
      remedy: 'Name a file that holds data.',
    },
  });
});

test('a column name that stands there twice is refused', async () => {
  const path = await write('twice.csv', 'a,b, a\n1,2,3\n');
  await expect(open(path)).rejects.toMatchObject({
    problem: {
      code: 'DuplicateColumn',
      field: 'data',
      value: path,
      expected: "unique column names; 'a' stands there twice",
      remedy: "Rename one of the columns 'a'.",
    },
  });
});

test('4,096 columns are taken, and one more is refused', async () => {
  const wide = (columns: number) => {
    const names = Array.from({ length: columns }, (_, i) => `c${i}`).join(',');
    return write(`wide-${columns}.csv`, `${names}\n${names}\n`);
  };
  expect((await open(await wide(4_096))).columns).toHaveLength(4_096);
  await expect(open(await wide(4_097))).rejects.toMatchObject({
    problem: {
      code: 'TooManyColumns',
      field: 'data',
      expected: 'at most 4096 columns; there are 4097',
      remedy: 'Keep the columns that matter, or check the separator.',
    },
  });
});

test('the fault is put down to the field that named the file, and told in one sentence', async () => {
  const error = await openTable('/nowhere.csv', jobOf().format, 'split.test').catch((e) => e);
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).message).toBe(
    `split.test: got '/nowhere.csv'; expected a file that exists. ${remedyForPaths}`,
  );
});
