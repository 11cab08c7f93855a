import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJobFile, setByPath } from '../../src/client/job-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'sevenfold-job-file-'));
const write = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};

test('YAML and JSON say the same', async () => {
  const yaml = await write('job.yaml', 'data: a.csv\ntarget: y\nbudget: { trials: 3 }\n');
  const json = await write('job.json', '{"data":"a.csv","target":"y","budget":{"trials":3}}');
  expect(await readJobFile(yaml)).toEqual(await readJobFile(json));
});

test('a broken file is named with its line', async () => {
  const path = await write('broken.yaml', 'data: a.csv\ntarget: [y\n');
  await expect(readJobFile(path)).rejects.toThrow(/broken\.yaml:\d/);
  await expect(readJobFile(join(folder, 'none.yaml'))).rejects.toThrow('ENOENT');
  await expect(readJobFile(await write('list.yaml', '- a\n'))).rejects.toThrow('a mapping');
});

test('--set reaches deep, and reads values as YAML', () => {
  const job: Record<string, unknown> = { split: { kind: 'random' } };
  setByPath(job, 'split.test=0.3');
  setByPath(job, 'estimators=[ridge, mlp]');
  setByPath(job, 'positiveClass=a=b');
  expect(job).toEqual({
    split: { kind: 'random', test: 0.3 },
    estimators: ['ridge', 'mlp'],
    positiveClass: 'a=b',
  });
  expect(() => setByPath(job, 'nothing')).toThrow('key=value');
});

test('what is no YAML is meant as it is written', () => {
  const job: Record<string, unknown> = {};
  setByPath(job, 'positiveClass=>50K');
  setByPath(job, 'columns.missing=[-999, n/a]');
  expect(job).toEqual({ positiveClass: '>50K', columns: { missing: [-999, 'n/a'] } });
});
