import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutcomeOf, RequestOf, TaskKind } from '../../src/compute/compute-task.ts';
import { readPrepared } from '../../src/compute/prepared-rows.ts';
import type { Preprocessed } from '../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import type { TrainingOutcome } from '../../src/schemas/training.ts';
import { openStores } from '../../src/stores/index.ts';
import { ComputePool } from '../../src/workers/compute/compute-pool.ts';
import { poolOptions } from '../support/pool-options.ts';

/** Three chunks, so that each part has three shards. */
const ROWS = 150_000;
const SHARDS = 3;
const MODELS = ['model', 'reference'];

let home: string;
let failPoints: string;
let pool: ComputePool;
let data: Preprocessed;
let trained: TrainingOutcome;

function* lines() {
  yield 'x,z,y\n';
  for (let i = 0; i < ROWS; i++) {
    const u = (Math.imul(i, 2_654_435_761) >>> 0) / 2 ** 32;
    yield `${u},${i % 11},${3 * u + (i % 7)}\n`;
  }
}

const run = <Kind extends TaskKind>(
  kind: Kind,
  request: RequestOf<Kind>,
  lineage: string,
): Promise<OutcomeOf<Kind>> => pool.run(kind, request, poolOptions(lineage));

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sevenfold-evaluate-kills-'));
  failPoints = join(home, 'fail-points');
  await mkdir(failPoints);
  const path = join(home, 'table.csv');
  await pipeline(Readable.from(lines()), createWriteStream(path));
  pool = new ComputePool({
    environment: { ...process.env, SEVENFOLD_HOME: home, SEVENFOLD_FAIL_POINTS: failPoints },
    memoryBytes: 2 ** 32,
  });
  data = await run('prepare', { job: parseJob({ data: path, target: 'y' }) }, 'r/prepare');
  trained = await run(
    'train',
    {
      prepared: data.prepared,
      candidate: { estimator: 'linear', hyperparameters: {} },
      rows: 'fit',
      seed: 1,
      maxEpochs: null,
      maxSeconds: null,
      checkpointSeconds: 10,
      otherFingerprint: 'refuse',
    },
    'r/train',
  );
}, 120_000);
afterAll(async () => {
  await pool.close();
  await rm(home, { recursive: true });
});

test('an evaluation that is killed after each shard predicts no shard twice, and comes to the same', async () => {
  const { objects, artifacts, close } = openStores({ home });
  const prepared = await readPrepared(artifacts, data.prepared);
  expect(prepared.parts.test.shards).toHaveLength(SHARDS);
  const request: RequestOf<'evaluate'> = {
    ...{ prepared: data.prepared, model: trained, reference: trained },
    ...{ part: 'test', seed: 1 },
  };
  const undisturbed = await run('evaluate', request, 'r/undisturbed');
  const shards = SHARDS * MODELS.length;

  for (let killed = 0; killed < shards; killed++) {
    await writeFile(join(failPoints, 'predicted-shard'), '');
    await expect(run('evaluate', request, 'r/killed')).rejects.toThrow('SIGKILL');
  }
  const outcome = await run('evaluate', request, 'r/killed');

  expect(outcome).toEqual(undisturbed);
  // A claim by each attempt, a checkpoint after each shard, and the completion.
  const log = await objects.list('checkpoints/r/killed/log/');
  expect(Number(log.at(-1)?.key.split('/').at(-1))).toBe(shards + 1 + shards + 1);
  expect(await objects.list('checkpoints/r/killed/blobs/')).toEqual([]);
  await close();
});
