import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeGraphFolder } from '../../../src/ml/graph/graph-folder.ts';
import { SmallModels } from '../../support/small-model.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const home = await temporaryFolder('graph-folder');

test('graphs have one path after another, and at a time each its own', async () => {
  const first = makeGraphFolder();
  const beside = makeGraphFolder();
  expect(beside).not.toBe(first);
  await rm(first, { recursive: true });
  expect(makeGraphFolder()).toBe(first);
  for (const folder of [first, beside]) await rm(folder, { recursive: true });
});

test('work takes away the graph of a process that was killed while it compiled, and no other', async () => {
  const temporary = join(home, 'temporary');
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
  onTestFinished(() => void vi.unstubAllEnvs());
  const script = join(import.meta.dirname, '../../fixtures/dies-while-compiling.ts');
  const died = promisify(execFile)(process.execPath, ['--import', 'tsx', script]);
  await expect(died).rejects.toMatchObject({ signal: 'SIGKILL' });
  const graphs = async () =>
    (await readdir(temporary)).filter((name) => name.startsWith('sevenfold-graph-'));
  expect(await graphs()).toHaveLength(1);
  const inUse = makeGraphFolder();

  const data = await writeCsv(join(home, 'customers.csv'), customerHeader, customers(60));
  await new SmallModels(home).make(
    { data, target: 'left' },
    { estimator: 'logistic', hyperparameters: {} },
  );

  expect(await graphs()).toEqual([basename(inUse)]);
});
