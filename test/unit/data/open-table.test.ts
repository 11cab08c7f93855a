import { chmod, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { openTable } from '../../../src/ml/data/open-table.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { jobOf } from '../../support/jobs.ts';
import { readAll, writeParquet } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('open-table');
const write = async (name: string, text: string | Uint8Array) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const open = (path: string | string[], format: JobInput['format'] = {}) =>
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

describe('several files', () => {
  test('are one table, its rows in the order of the names', async () => {
    await write('part-2.csv', 'b,a\n4,3\n');
    await write('part-1.csv', 'a,b\n1,2\n');
    await write('part-3.csv.gz', gzipSync('a;b\n5;6\n'));
    const table = await open(join(folder, 'part-*'));
    expect(table.columns).toEqual(['a', 'b']);
    expect(await readAll(table)).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ]);
    expect(table.files.map((path) => basename(path))).toEqual([
      'part-1.csv',
      'part-2.csv',
      'part-3.csv.gz',
    ]);
  });

  test('are read in the order of a list, and each once', async () => {
    const [b, a] = [await write('list-b.csv', 'x\n1\n'), await write('list-a.csv', 'x\n2\n')];
    expect(await readAll(await open([b, a, join(folder, 'list-*.csv')]))).toEqual([['1'], ['2']]);
  });

  test('have to have the same columns', async () => {
    const one = await write('same.csv', 'a,b\n1,2\n');
    const other = await write('other.csv', 'a,c\n1,2\n');
    await expect(open([one, other])).rejects.toMatchObject({
      problem: {
        code: 'OtherColumns',
        field: 'data',
        value: other,
        expected: `the columns of ${one}; it lacks b, and it has c beside them`,
      },
    });
  });

  test('that no pattern matches are told of', async () => {
    const pattern = join(folder, 'none-*.csv');
    await expect(open(pattern)).rejects.toMatchObject({
      problem: { code: 'NoDataFound', field: 'data', value: pattern },
    });
  });

  test('are not meant by a name with wildcards that a file has', async () => {
    const path = await write('odd[1].csv', 'a\n1\n');
    expect(await readAll(await open(path))).toEqual([['1']]);
  });
});

describe('JSON lines', () => {
  test('are rows of values, their columns the keys of all', async () => {
    const path = await write(
      'table.jsonl',
      '{"a":1,"b":"x"}\n\n{"b":null,"c":{"d":[1,2]}}\r\n{"a":true}',
    );
    const table = await open(path);
    expect(table.columns).toEqual(['a', 'b', 'c']);
    expect(await readAll(table)).toEqual([
      [1, 'x', undefined],
      [undefined, null, '{"d":[1,2]}'],
      [true, undefined, undefined],
    ]);
  });

  test('are known by their first line, and may be packed', async () => {
    const path = await write('packed.gz', gzipSync('{"a":1}\n{"a":2}\n'));
    const table = await open(path);
    expect(table.format).toBe('JSON lines, gzip');
    expect(await readAll(table)).toEqual([[1], [2]]);
  });

  test.each([
    ['{"a":1}\n{"a":\n', 'a JSON object a line; line 2: '],
    ['{"a":1}\n[1]\n', 'a JSON object a line; line 2 is something else'],
    [
      `${'{"a":1}\n'.repeat(50_000)}{"b":1}\n`,
      "keys that the first lines have; line 50001 has 'b'",
    ],
  ])('that are not well formed are refused with the line', async (text, expected) => {
    const path = await write('broken.jsonl', text);
    await expect(open(path).then(readAll)).rejects.toMatchObject({
      problem: {
        code: 'MalformedJsonLines',
        field: 'data',
        expected: expect.stringContaining(expected),
      },
    });
  });

  test('that are one list say how to write them', async () => {
    const path = await write('list.json', '[{"a":1},{"a":2}]');
    await expect(open(path)).rejects.toMatchObject({
      problem: {
        remedy: 'Mend line 1: a list of objects has to be written one object a line.',
      },
    });
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
