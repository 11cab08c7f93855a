/** Trains as Sevenfold does, on orders that come line by line: see `contender.ts`. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadTensorFlow } from '../../src/ml/backend.ts';
import type { StepReport, Training } from '../../src/ml/estimators/estimator.ts';
import { NetworkTraining } from '../../src/ml/estimators/network/network-training.ts';
import { MlpHyperparameters } from '../../src/schemas/hyperparameters.ts';
import { MemoryRows } from '../../test/support/memory-rows.ts';
import { networkOf, shapeOf } from './cases.ts';
import type { Order } from './contender.ts';

const engine = process.argv[2] === 'op-by-op' ? 'op-by-op' : undefined;

const float32 = (path: string): Float32Array => {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
};

let training: Training | undefined;
let rows = 0;

async function epoch(): Promise<StepReport> {
  if (training === undefined) throw new Error('No case is open.');
  for (;;) {
    const report = await training.step();
    if (report.epochEnded) return report;
  }
}

async function open({ case: given, features, targets }: Extract<Order, { kind: 'open' }>) {
  const { width, batchSize, learningRate, warmUpEpochs } = given;
  const data = new MemoryRows(width, float32(features), Float64Array.from(float32(targets)));
  const shape = shapeOf(given);
  rows = data.rows;
  const tf = await loadTensorFlow();
  const startedMs = performance.now();
  const hyperparameters = MlpHyperparameters.parse({
    ...{ batchSize, learningRate, optimizer: 'adam', l2: 0 },
    ...{ epochs: 1_000_000, patience: null },
  });
  training = await NetworkTraining.begin(
    tf,
    {
      shape: { ...shape, classCounts: data.classCounts(shape.classes) },
      ...{ hyperparameters, data, seed: 1 },
      ...(engine !== undefined && { engine }),
    },
    { network: networkOf(given) },
  );
  await training.step();
  const firstSeconds = (performance.now() - startedMs) / 1000;
  let loss = (await epoch()).loss;
  for (let i = 1; i < warmUpEpochs; i++) ({ loss } = await epoch());
  const { engine: ran, reason } = training.execution ?? {};
  return { firstSeconds, loss, note: ran === 'graph' ? ran : (reason ?? '') };
}

async function measure({ seconds }: Extract<Order, { kind: 'measure' }>) {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let epochs = 0;
  let elapsed = 0;
  for (; elapsed < seconds; epochs++) {
    await epoch();
    elapsed = (performance.now() - startedMs) / 1000;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { rows: epochs * rows, seconds: elapsed, cpuSeconds: (user + system) / 1e6 };
}

async function matmul({ size }: Extract<Order, { kind: 'matmul' }>) {
  const tf = await loadTensorFlow();
  const a = tf.randomUniform<typeof tf.Rank.R2>([size, size], -1, 1, 'float32', 1);
  const best = { flopsPerCpuSecond: 0, flopsPerSecond: 0 };
  for (let i = 0; i < 10; i++) {
    const before = process.cpuUsage();
    const startedMs = performance.now();
    // One number comes back: a device's memory is far.
    tf.matMul(a, a).sum().dataSync();
    const seconds = (performance.now() - startedMs) / 1000;
    const { user, system } = process.cpuUsage(before);
    const flops = 2 * size ** 3;
    best.flopsPerCpuSecond = Math.max(best.flopsPerCpuSecond, flops / ((user + system) / 1e6));
    best.flopsPerSecond = Math.max(best.flopsPerSecond, flops / seconds);
  }
  return best;
}

async function obey(order: Order): Promise<object> {
  switch (order.kind) {
    case 'open':
      return open(order);
    case 'measure':
      return measure(order);
    case 'matmul':
      return matmul(order);
    case 'close':
      training?.dispose();
      training = undefined;
      return { peakMiB: process.resourceUsage().maxRSS / 1024 };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line) as Order).catch((error: unknown) => ({
    error: String(error),
  }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
