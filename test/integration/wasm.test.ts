import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ComputePool } from '../../src/workers/compute/compute-pool.ts';
import { CommandHome } from '../support/command.ts';
import { SmallModels } from '../support/small-model.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';

const wasm = { SEVENFOLD_BACKEND: 'wasm' };
let home: CommandHome;
let models: SmallModels;
let compute: ComputePool;

beforeAll(async () => {
  home = await CommandHome.create();
  compute = new ComputePool({
    environment: { ...home.environment, ...wasm },
    memoryBytes: 2 ** 31,
  });
  models = new SmallModels(home.home, (request) =>
    compute.run('train', request, {
      ...{ lineage: 'test/wasm', extend: [], memoryBytes: undefined, alone: false },
      ...{ signal: new AbortController().signal },
      ...{ onProgress: () => undefined, onMemory: () => undefined },
    }),
  );
});
afterAll(async () => {
  await compute.close();
  await models.stores.close();
  await home.remove();
});

test('a network trains and predicts on WebAssembly, much as native TensorFlow does', async () => {
  const data = await writeCsv(join(home.home, 'table.csv'), customerHeader, customers(400));
  const job = { data, target: 'left', name: 'portable' };
  const candidate = { estimator: 'mlp', hyperparameters: { epochs: 30, patience: null } } as const;
  const made = await models.make(job, candidate);
  expect(made.fingerprint.backend).toBe('wasm');
  expect(made.evaluation.score).toBeGreaterThan(0.9);
  await models.register(made);

  const portable = await predict(data, wasm);
  const native = await predict(data, {});
  expect(portable.length).toBe(400);
  expect(new Set(portable.map(([prediction]) => prediction))).toEqual(new Set(['yes', 'no']));
  // Float32, summed in another order: nearly the same, and proof that it was not the same code.
  expect(portable).not.toEqual(native);
  for (const [row, [, no]] of portable.entries()) {
    expect(Number(no)).toBeCloseTo(Number(native[row]?.[1]), 4);
  }
}, 60_000);

/** The rows of what the command predicts, in a process of its own. */
async function predict(data: string, environment: NodeJS.ProcessEnv): Promise<string[][]> {
  const output = join(home.home, 'predictions.csv');
  const args = ['predict', 'portable', '--data', data, '--output', output];
  const { code, stderr } = await home.runIn({ environment }, ...args);
  expect(code, stderr).toBe(0);
  const [, ...lines] = (await readFile(output, 'utf8')).trim().split('\n');
  return lines.map((line) => line.split(','));
}
