/**
 * What an engine takes for itself: a chain of no-op steps, a fan-out of them, a run that finds all
 * seven steps in the cache, a fan-out of 10,000. Beside plain Temporal on the same server, with the
 * same activity options and as many processes, turn by turn; and beside the peers that are given.
 *
 *   npm run bench:orchestration -- [--rounds 9] [--peers <folder for their environments>]
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { Pipeline } from '../src/schemas/pipeline.ts';
import type { PipelineResult } from '../src/schemas/pipeline-run.ts';
import { lifecyclePipeline } from '../src/workflows/lifecycle-pipeline.ts';
import { CommandHome } from '../test/support/command.ts';
import { customerHeader, customers, writeCsv } from '../test/support/tables.ts';
import { chain, fanOut } from './orchestration/no-op-steps.ts';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, peers: { type: 'string' } },
});
const rounds = Number(options.rounds);
const LENGTH = 7;
const WIDTH = 200;
const LONG_WIDTH = 10_000;
const AT_ONCE = 16;
const PEER_RUNS = 3;
const PEERS = ['prefect', 'dagster', 'metaflow'];
/** A history of the Temporal server ends at so many events. */
const MOST_EVENTS = 51_200;

const sevenSteps: Pipeline = { ...lifecyclePipeline, cache: 'use' };

const execute = promisify(execFile);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const milliseconds = (values: readonly number[]): string => (1000 * median(values)).toFixed(0);

const home = await CommandHome.create();
const started = await home.run('dev', '--detach', '--json');
const { address } = started.json as { address: string };
const rawWorkers = await Promise.all(['workflows', 'activities'].map(startRawWorker));
const connection = await Connection.connect({ address });
const client = new Client({ connection });
let count = 0;
interface Took {
  readonly chain: number[];
  readonly fanOut: number[];
}

/** Seconds of each run: everybody once in each round, so that what else the machine does hits all. */
async function takeTurns(): Promise<Record<string, Took>> {
  const contenders: Record<string, { chain(): Promise<unknown>; fanOut(): Promise<unknown> }> = {
    Sevenfold: {
      chain: () => runPipeline(chain(LENGTH), { number: 0 }),
      fanOut: () => runPipeline(fanOut(AT_ONCE), { numbers: numbersTo(WIDTH) }),
    },
    'plain Temporal': {
      chain: () => runRaw('rawChain', [LENGTH]),
      fanOut: () => runRaw('rawFanOut', [WIDTH, AT_ONCE]),
    },
  };
  const took: Record<string, Took> = {};
  for (const name of Object.keys(contenders)) took[name] = { chain: [], fanOut: [] };
  // The first round warms up: code is loaded, compute processes start.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, contender] of Object.entries(contenders)) {
      for (const key of ['chain', 'fanOut'] as const) {
        const seconds = await secondsOf(contender[key]);
        if (round > 0) took[name]?.[key].push(seconds);
      }
    }
  }
  for (const peer of options.peers === undefined ? [] : PEERS) took[peer] = await runPeer(peer);
  return took;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begunAtMs = performance.now();
  await work();
  return (performance.now() - begunAtMs) / 1000;
}

async function runPipeline(
  pipeline: Pipeline,
  inputs: Record<string, unknown>,
): Promise<PipelineResult> {
  return (await startPipeline(pipeline, inputs)).result() as Promise<PipelineResult>;
}

const startPipeline = (pipeline: Pipeline, inputs: Record<string, unknown>) =>
  client.workflow.start('pipeline', {
    ...{ taskQueue: 'sevenfold', workflowId: `own-${++count}` },
    args: [{ pipeline, inputs }],
  });

const runRaw = (type: string, args: unknown[]): Promise<unknown> =>
  client.workflow.execute(type, { taskQueue: 'raw', workflowId: `raw-${++count}`, args });

const numbersTo = (length: number): number[] => Array.from({ length }, (_, number) => number);

async function startRawWorker(role: string) {
  const file = join(import.meta.dirname, 'orchestration/raw-worker.ts');
  const worker = spawn(process.execPath, ['--import', 'tsx', file, role, address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(worker.stdout, 'data');
  return worker;
}

/** Its environment is made where there is none yet, from PyPI. */
async function runPeer(name: string): Promise<Took> {
  const environment = join(options.peers ?? '', name);
  const python = join(environment, 'bin/python');
  await execute(python, ['--version']).catch(async () => {
    await execute('python3', ['-m', 'venv', environment]);
    await execute(python, ['-m', 'pip', 'install', '--quiet', name], { maxBuffer: 2 ** 26 });
  });
  const script = join(import.meta.dirname, `orchestration/${name}_no_op.py`);
  const size = [PEER_RUNS, LENGTH, WIDTH, availableParallelism()].map(String);
  const { stdout } = await execute(python, [script, ...size], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PREFECT_LOGGING_LEVEL: 'ERROR' },
    cwd: home.home,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Took;
}

async function showCached(): Promise<void> {
  const data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(1_000));
  const job = { data, target: 'left', budget: { trials: 3, epochs: 10 } };
  const first = await secondsOf(() => runPipeline(sevenSteps, { job }));
  const again: number[] = [];
  for (let round = 0; round < rounds; round++) {
    again.push(
      await secondsOf(async () => {
        const { steps } = await runPipeline(sevenSteps, { job });
        const missed = steps.filter(({ cache }) => cache?.startsWith('hit') !== true);
        if (missed.length > 0) throw new Error(`done again: ${JSON.stringify(missed)}`);
      }),
    );
  }
  console.log(
    `\nSeven steps: ${first.toFixed(1)} s; found in the cache: ${milliseconds(again)} ms.`,
  );
}

/** A list too long for one history. */
async function showLong(): Promise<void> {
  const run = await startPipeline(fanOut(AT_ONCE), { numbers: numbersTo(LONG_WIDTH) });
  const seconds = await secondsOf(() => run.result());
  const { historyLength } = await run.describe();
  const { steps } = (await run.result()) as PipelineResult;
  console.log(
    `\nA fan-out of ${LONG_WIDTH}: ${seconds.toFixed(0)} s, ${steps[0]?.tasks.completed} tasks; its own history has ${historyLength} of at most ${MOST_EVENTS} events.`,
  );
}

try {
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${rounds} rounds`);
  const took = await takeTurns();
  console.log('\n| | chain of 7, ms | fan-out of 200, ms |');
  console.log('|---|---|---|');
  for (const [name, { chain, fanOut }] of Object.entries(took)) {
    console.log(`| ${name} | ${milliseconds(chain)} | ${milliseconds(fanOut)} |`);
  }
  const { Sevenfold: own, 'plain Temporal': raw } = took;
  if (own !== undefined && raw !== undefined) {
    const ratio = (key: keyof Took) => (median(own[key]) / median(raw[key])).toFixed(2);
    console.log(`\nSevenfold against plain Temporal: ${ratio('chain')} and ${ratio('fanOut')}.`);
  }
  await showCached();
  await showLong();
} finally {
  for (const worker of rawWorkers) worker.kill();
  await connection.close();
  await home.remove();
}
