/**
 * What checkpoints cost a training: the same training with checkpoints at the usual interval and
 * with none, turn by turn in the same process pool; the medians' ratio.
 *
 *   npm run bench:checkpointing -- [--pairs 5] [--every 10]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { OutcomeOf, RequestOf, TaskKind } from '../src/compute/compute-task.ts';
import { readConfig } from '../src/config.ts';
import { parseJob } from '../src/schemas/parse-job.ts';
import { ensureReady } from '../src/setup/ensure-ready.ts';
import { ComputePool } from '../src/workers/compute/compute-pool.ts';
import { poolOptions } from '../test/support/pool-options.ts';
import { customerHeader, customers, writeCsv } from '../test/support/tables.ts';

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    every: { type: 'string', default: '10' },
  },
});
const everySeconds = Number(options.every);
const NEVER_SECONDS = 1e6;

/** Networks whose states differ in size: 64 KB and 24 MB, and epochs for about 40 s of training. */
const NETWORKS = [
  { name: 'MLP 64-64', hiddenLayers: [64, 64], epochs: 1000 },
  { name: 'MLP 1024-1024', hiddenLayers: [1024, 1024], epochs: 14 },
];

await ensureReady(readConfig(), (text) => console.error(text));
const home = await mkdtemp(join(tmpdir(), 'sevenfold-checkpointing-'));
const pool = new ComputePool({
  environment: { ...process.env, SEVENFOLD_HOME: home },
  memoryBytes: 2 ** 32,
});
let pieces = 0;
try {
  const data = await writeCsv(join(home, 'customers.csv'), customerHeader, customers(12_000));
  const job = parseJob({ data, target: 'left' });
  const { prepared } = await run('prepare', { job });
  const seconds = async (network: (typeof NETWORKS)[number], checkpointSeconds: number) => {
    const { hiddenLayers, epochs } = network;
    const trained = await run('train', {
      prepared,
      candidate: { estimator: 'mlp', hyperparameters: { hiddenLayers, epochs, patience: null } },
      ...{
        rows: 'fit',
        seed: 1,
        maxEpochs: null,
        maxSeconds: null,
        checkpointSeconds,
      },
      otherFingerprint: 'refuse',
    });
    return trained.seconds;
  };
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${options.pairs} pairs`,
  );
  console.log(`| network | none, s | every ${everySeconds} s, s | cost |`);
  console.log('|---|---|---|---|');
  for (const network of NETWORKS) {
    const without: number[] = [];
    const withThem: number[] = [];
    for (let pair = 0; pair < Number(options.pairs); pair++) {
      // Whoever goes second may find the machine warmer: they take turns.
      const order = pair % 2 === 0 ? [NEVER_SECONDS, everySeconds] : [everySeconds, NEVER_SECONDS];
      for (const interval of order) {
        const taken = await seconds(network, interval);
        (interval === everySeconds ? withThem : without).push(taken);
      }
    }
    const [none, kept] = [median(without), median(withThem)];
    const cost = `${(100 * (kept / none - 1)).toFixed(1)} %`;
    console.log(`| ${network.name} | ${none.toFixed(1)} | ${kept.toFixed(1)} | ${cost} |`);
    console.error({ network: network.name, without, withThem });
  }
} finally {
  await pool.close();
  await rm(home, { recursive: true });
}

function run<Kind extends TaskKind>(
  kind: Kind,
  request: RequestOf<Kind>,
): Promise<OutcomeOf<Kind>> {
  return pool.run(kind, request, poolOptions(`bench/${++pieces}`, { alone: true }));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[middle] ?? 0];
  return (low + high) / 2;
}
