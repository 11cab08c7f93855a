import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandHome } from '../support/command.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';

let home: CommandHome;
let good: string;

beforeAll(async () => {
  home = await CommandHome.create();
  good = await writeCsv(join(home.home, 'good.csv'), customerHeader, customers(60));
  const { code, stderr } = await home.runHere('dev', '--detach');
  expect(stderr).toBe('');
  expect(code).toBe(0);
}, 180_000);
afterAll(() => home.remove(), 60_000);

interface Case {
  /** What the file holds; or how to make it; absent for a file that is good. */
  readonly content?: string | Buffer | ((path: string) => Promise<void>);
  readonly file?: string;
  readonly target?: string;
  readonly args?: readonly string[];
  readonly field: string;
  /** What the message must tell. */
  readonly says: RegExp;
}

const twenty = (row: (index: number) => string) => Array.from({ length: 20 }, (_, i) => row(i));
const csv = (header: string, rows: readonly string[]) => `${header}\n${rows.join('\n')}\n`;
const numbers = twenty((i) => `${i},${i * 2}`);

const CASES: Record<string, Case> = {
  'a missing file': { file: 'absent.csv', field: 'data', says: /absent\.csv.*exist/i },
  'a directory': {
    content: async (path) => {
      await mkdir(path);
    },
    field: 'data',
    says: /directory|folder/i,
  },
  'an empty file': { content: '', field: 'data', says: /empty/i },
  'a header alone': { content: 'a,b\n', target: 'b', field: 'data', says: /row/i },
  'one row': { content: 'a,b\n1,2\n', target: 'b', field: 'data', says: /row/i },
  'ragged rows': {
    content: csv('a,b', [...numbers.slice(0, 5), '1,2,3', ...numbers.slice(5)]),
    target: 'b',
    field: 'data',
    says: /line 7/i,
  },
  'binary junk': {
    content: Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37) % 256)),
    field: 'data',
    says: /text|binary|CSV/i,
  },
  'an absent target': { target: 'lft', field: 'target', says: /Did you mean 'left'/ },
  'a constant target': {
    content: csv(
      'a,b',
      twenty((i) => `${i},7`),
    ),
    target: 'b',
    field: 'target',
    says: /constant|one value|same value|two/i,
  },
  'a target that is missing throughout': {
    content: csv(
      'a,b',
      twenty((i) => `${i},`),
    ),
    target: 'b',
    field: 'target',
    says: /missing/i,
  },
  'a class with one row': {
    content: csv(
      'a,b',
      twenty((i) => `${i},${i === 3 ? 'rare' : i % 2 ? 'x' : 'y'}`),
    ),
    target: 'b',
    args: ['--set', 'split={kind: stratified}'],
    field: 'target',
    says: /rare|class/i,
  },
  'all columns dropped': {
    args: ['--set', 'columns.drop=[age, price, city]'],
    field: 'columns',
    says: /column|input/i,
  },
  'an unknown column to drop': {
    args: ['--set', 'columns.drop=[pice]'],
    field: 'columns.drop',
    says: /Did you mean 'price'/,
  },
  'a target whose name stands there twice': {
    content: csv(
      'a,b,b',
      twenty((i) => `${i},${i},${i}`),
    ),
    target: 'b',
    field: 'target',
    says: /stands there once/,
  },
  'an infinite target': {
    content: csv(
      'a,b',
      twenty((i) => `${i},${i === 4 ? 'Infinity' : i * 1.5}`),
    ),
    target: 'b',
    args: ['--set', 'task=regression'],
    field: 'target',
    says: /Infinity/,
  },
  'text in a column forced to numeric': {
    args: ['--set', 'columns.types={city: numeric}'],
    field: 'columns.types.city',
    says: /Oslo|Rome|Lima/,
  },
  '10,000 columns': {
    content: csv(
      Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(','),
      [1, 2, 3].map(() => Array.from({ length: 10_000 }, (_, i) => i).join(',')),
    ),
    target: 'c1',
    field: 'data',
    says: /10000|10,000/,
  },
  'a field of 50 MB': {
    content: async (path) => {
      const field = 'x'.repeat(50 * 2 ** 20);
      await writeFile(path, csv('a,b', [...numbers, `${field},1`]));
    },
    target: 'b',
    field: 'data',
    says: /field|cell/i,
  },
  'text that calls itself Parquet': {
    file: 'table.parquet',
    content: 'a,b\n1,2\n',
    target: 'b',
    field: 'data',
    says: /Parquet/,
  },
  'a job of the wrong type': { args: ['--set', 'seed=soon'], field: 'seed', says: /number|int/ },
  'an unknown key': { args: ['--set', 'budgt.trials=3'], field: 'budgt', says: /'budget'/ },
  'an unknown key, deep down': {
    args: ['--set', 'split.kind=random', '--set', 'split.tst=0.1'],
    field: 'split.tst',
    says: /'test'/,
  },
  'conflicting options': {
    args: ['--set', 'task=regression', '--metric', 'accuracy'],
    field: 'metric',
    says: /regression/,
  },
  'a metric that does not suit the data': {
    args: ['--metric', 'rmse'],
    field: 'metric',
    says: /binary|classification/,
  },
  'an estimator that does not suit the data': {
    args: ['--set', 'estimators=[ridge]'],
    field: 'estimators',
    says: /logistic/,
  },
  'an unknown budget': { args: ['--budget', '3 fortnights'], field: 'budget', says: /60s/ },
  'a positive class that is no class': {
    args: ['--set', 'positiveClass=maybe'],
    field: 'positiveClass',
    says: /yes|no/,
  },
};

describe('every bad input is refused with field, value and remedy', () => {
  test.each(Object.entries(CASES))(
    '%s',
    async (name, { content, file, target, args, field, says }) => {
      const path =
        content === undefined && file === undefined
          ? good
          : join(home.home, file ?? `${name.replaceAll(/\W/g, '-')}.csv`);
      if (typeof content === 'function') await content(path);
      else if (content !== undefined) await writeFile(path, content);

      const options = ['--data', path, '--target', target ?? 'left', ...(args ?? [])];
      const { code, stderr, json } = await home.runHere('run', ...options, '--json');

      const { error } = json as { error?: { field: string; message: string; remedy: string } };
      expect(error?.message ?? '').toMatch(says);
      expect(error?.field).toMatch(new RegExp(`^${field.replaceAll('.', '\\.')}`));
      expect(error?.remedy.length).toBeGreaterThan(5);
      expect(code).toBe(2);
      expect(stderr).toContain('error: ');
      expect(stderr).not.toMatch(/^\s+at /m);
    },
    60_000,
  );

  test('one that nobody but a worker can see ends the command’s own process by its code', async () => {
    const { code, stderr } = await home.run('run', '--data', good, '--target', 'lft');
    expect(code).toBe(2);
    expect(stderr).toContain("Did you mean 'left'");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('nothing of all this has been registered', async () => {
    expect((await home.run('models', '--json')).json).toEqual({ models: [] });
  });
});

test('an unreadable file is named, where permissions hold', async ({ skip }) => {
  // The superuser reads everything.
  if (process.getuid?.() === 0) skip();
  const path = await writeCsv(join(home.home, 'locked.csv'), customerHeader, customers(30));
  await chmod(path, 0);
  const { code, json } = await home.run('run', '--data', path, '--target', 'left', '--json');
  expect(code).toBe(2);
  expect(json['error']).toMatchObject({ field: 'data', value: path });
});

test('a port in use is named', async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
  });
  try {
    const { code, stderr } = await home.run('serve', '--port', String(port));
    expect(stderr).toContain(String(port));
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(3);
  } finally {
    taken.close();
  }
});

test('no Temporal server at the address given', async () => {
  const environment = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const { code, stderr } = await home.runIn({ environment }, 'list');
  expect(stderr).toContain('127.0.0.1:1');
  expect(stderr).toContain('TEMPORAL_ADDRESS');
  expect(code).toBe(3);
});

test('an unknown command and an unknown option suggest the nearest', async () => {
  const command = await home.run('rnu');
  expect(command.code).toBe(2);
  expect(command.stderr).toContain("Did you mean 'sevenfold run'?");
  const option = await home.run('run', '--taget', 'left');
  expect(option.code).toBe(2);
  expect(option.stderr).toContain("Did you mean '--target'?");
});
