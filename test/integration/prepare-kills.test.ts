import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskProgress } from '../../src/compute/compute-task.ts';
import { isAlive } from '../../src/process-lock.ts';
import type { Preprocessed } from '../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import { openStores } from '../../src/stores/index.ts';
import { ComputePool } from '../../src/workers/compute/compute-pool.ts';
import { poolOptions } from '../support/pool-options.ts';
import { childrenOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

const ROWS = 400_000;
const CHUNK_ROWS = 65_536;
const BATCH_ROWS = 8_192;
const PASSES = ['scan', 'fit', 'write'];

let home: string;
let data: string;
let pool: ComputePool;

function* lines() {
  yield 'x,city,y\n';
  for (let start = 0; start < ROWS; start += 1_000) {
    let text = '';
    for (let i = start; i < start + 1_000; i++) {
      const u = (Math.imul(i, 2_654_435_761) >>> 0) / 2 ** 32;
      text += `${u},${['Oslo', 'Rome', 'Lima'][i % 3]},${3 * u + (i % 7)}\n`;
    }
    yield text;
  }
}

/** Rows read before this was told, over all passes. */
const readBefore = (told: Extract<TaskProgress, { kind: 'rows' }>): number =>
  PASSES.indexOf(told.pass) * ROWS + told.rows;

/** One attempt, and how far it has told to be. */
function prepare(lineage: string) {
  const told: number[] = [];
  const stop = new AbortController();
  const outcome = pool.run(
    'prepare',
    { job: parseJob({ data, target: 'y' }) },
    poolOptions(lineage, {
      signal: stop.signal,
      onProgress: (progress) => {
        if (progress.kind === 'rows') told.push(readBefore(progress));
      },
    }),
  );
  outcome.catch(() => undefined);
  return { outcome, told, stop };
}

const blobs = (lineage: string) =>
  openStores({ home }).objects.list(`checkpoints/${lineage}/blobs/`);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sevenfold-prepare-kills-'));
  data = join(home, 'table.csv');
  await pipeline(Readable.from(lines()), createWriteStream(data));
  pool = new ComputePool({
    environment: { ...process.env, SEVENFOLD_HOME: home },
    memoryBytes: 2 ** 32,
  });
}, 60_000);
afterAll(async () => {
  await pool.close();
  await rm(home, { recursive: true });
});

test('a preparation that is killed or stopped in each pass reads one chunk again at most', {
  timeout: 300_000,
}, async () => {
  const undisturbed: Preprocessed = await prepare('r/undisturbed').outcome;
  await pool.close();
  let reached = 0;
  /** Rows between the place where an attempt goes on and the one that the attempt before has told. */
  const again = (told: readonly number[]) => reached - ((told[0] as number) - BATCH_ROWS);
  for (const [at, way] of [
    [150_000, 'kill'],
    [ROWS + 60_000, 'kill'],
    [ROWS + 390_000, 'stop'],
    [2 * ROWS + 200_000, 'kill'],
  ] as const) {
    const { outcome, told, stop } = prepare('r/killed');
    await until(() => (told.at(-1) ?? 0) >= at);
    const [pid] = await childrenOf(process.pid, 'compute/main');
    const sinceMs = Date.now();
    if (way === 'kill') process.kill(pid as number, 'SIGKILL');
    else stop.abort();
    await expect(outcome).rejects.toMatchObject({
      name: way === 'kill' ? 'ComputeProcessDied' : 'TaskStopped',
    });
    expect(Date.now() - sinceMs).toBeLessThan(5_000);
    expect(isAlive(pid as number)).toBe(false);
    expect(again(told)).toBeLessThanOrEqual(CHUNK_ROWS);
    reached = told.at(-1) as number;
  }
  const last = prepare('r/killed');
  expect(await last.outcome).toEqual(undisturbed);
  expect(again(last.told)).toBeLessThanOrEqual(CHUNK_ROWS);
  expect(last.told[0]).toBeGreaterThan(2 * ROWS);
  expect(await blobs('r/killed')).toEqual([]);
});
