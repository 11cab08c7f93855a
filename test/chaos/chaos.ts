/**
 * Durability, proven: one job undisturbed, then under kills of every kind; fails on any difference.
 *
 *   npm run chaos -- [--short] [--seed 1] [--only "named points"]
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../../src/config.ts';
import type { JobInput } from '../../src/schemas/job.ts';
import { ensureReady } from '../../src/setup/ensure-ready.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import type { Hit } from './disturbances.ts';
import { differences } from './essence.ts';
import { runScenario, type ScenarioRun } from './run-scenario.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { DisturbedStack } from './stack.ts';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});

const INTERVAL_SECONDS = 1;
/** A slice of training that is under way when a checkpoint is due ends first. */
const SLICE_MS = 2_000;
/** Longest time (p95) until work is taken up again, by what was done to its process. */
const RECOVERY_LIMITS_MS: Record<string, number> = {
  'SIGKILL compute process': 10_000,
  'SIGKILL CPU worker': 10_000,
  'SIGTERM CPU worker': 5_000,
};

const seed = Number(options.seed);
await ensureReady(readConfig(), (text) => console.error(text));
const stack = await DisturbedStack.start();
const job = await writeJob(
  stack,
  options.short ? { rows: 4_000, epochs: 25 } : { rows: 12_000, epochs: 50 },
);
const failures: string[] = [];
const allHits: Hit[] = [];
try {
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, seed ${seed}`);
  console.log(
    '| scenario | hits | in work | identical | redone p95 / max, s | recovery p50 / p95, s | run, s |',
  );
  console.log('|---|---|---|---|---|---|---|');
  const reference = await runScenario(stack, job, null, seed);
  console.log(`| undisturbed | 0 | 0 | – | – | – | ${reference.seconds.toFixed(0)} |`);
  for (const scenario of scenarios.filter(isWanted)) {
    const run = await runScenario(stack, job, scenario, seed);
    report(scenario, run, differences(reference.essence, run.essence));
  }
} finally {
  await stack.stop();
}
for (const [what, limitMs] of Object.entries(RECOVERY_LIMITS_MS)) {
  const times = allHits
    .filter((hit) => hit.what === what)
    .flatMap(({ recoveredMs }) => recoveredMs ?? []);
  const slow = quantile(times, 0.95);
  console.log(
    `${what}: ${times.length} recoveries, p50 ${quantile(times, 0.5)} ms, p95 ${slow} ms`,
  );
  if (slow > limitMs)
    failures.push(`${what}: recovery took ${slow} ms (p95); ${limitMs} are allowed`);
}
const inWork = allHits.filter((hit) => hit.inWork).length;
console.log(`${allHits.length} hits, ${inWork} of them in the middle of work`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(failures.length === 0 ? 'every run came to the same' : `${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;

function isWanted({ name, short = false }: Scenario): boolean {
  return options.only === undefined ? short || !options.short : name === options.only;
}

async function writeJob(
  { command }: DisturbedStack,
  { rows, epochs }: { rows: number; epochs: number },
): Promise<JobInput> {
  const path = join(command.home, 'customers.csv');
  return {
    data: await writeCsv(path, customerHeader, customers(rows)),
    target: 'left',
    name: 'chaos',
    estimators: ['logistic', 'mlp'],
    hyperparameters: {
      mlp: { epochs, batchSize: 8, patience: null, dropout: 0.1, schedule: { kind: 'cosine' } },
    },
    budget: { trials: 3 },
    optimise: { rounds: 1 },
    checkpoints: { everySeconds: INTERVAL_SECONDS },
  };
}

function report(scenario: Scenario, { hits, seconds }: ScenarioRun, different: string[]): void {
  allHits.push(...hits);
  const { name, intervals } = scenario;
  const redone = hits.filter((hit) => hit.inWork).map(({ redoneMs }) => redoneMs);
  const recovered = hits.flatMap(({ recoveredMs }) => recoveredMs ?? []);
  const redoneLimitMs = intervals * INTERVAL_SECONDS * 1000 + SLICE_MS;
  if (different.length > 0) failures.push(`${name}: ${different.slice(0, 5).join('; ')}`);
  if (quantile(redone, 1) > redoneLimitMs) {
    failures.push(
      `${name}: a hit cost ${quantile(redone, 1)} ms of work; ${redoneLimitMs} are allowed`,
    );
  }
  if (hits.length < 3 * (scenario.points?.length ?? 1)) {
    failures.push(`${name}: only ${hits.length} hits`);
  }
  const show = (values: readonly number[], ...quantiles: number[]) =>
    values.length === 0
      ? '–'
      : quantiles.map((q) => (quantile(values, q) / 1000).toFixed(1)).join(' / ');
  const cells = [
    name,
    hits.length,
    redone.length,
    different.length === 0 ? 'yes' : 'NO',
    show(redone, 0.95, 1),
    show(recovered, 0.5, 0.95),
    seconds.toFixed(0),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}
