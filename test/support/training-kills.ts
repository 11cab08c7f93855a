import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Compute } from '../../src/activities/supervise.ts';
import { RandomStream } from '../../src/ml/random.ts';
import type { TrainingOutcome, TrainingRequest } from '../../src/schemas/training.ts';
import { openStores } from '../../src/stores/index.ts';
import { poolOptions } from './pool-options.ts';
import { childrenOf } from './processes.ts';
import { until } from './until.ts';

const entriesOf = async (home: string, lineage: string): Promise<number> =>
  (await openStores({ home }).objects.list(`checkpoints/${lineage}/log/`)).length;

interface KilledTraining {
  /** Without processes as yet, and alone in having any among this process's children. */
  readonly pool: Compute;
  readonly home: string;
  readonly lineage: string;
  readonly request: TrainingRequest;
}

/** Starts a training, and kills its process a moment after the attempt's first checkpoint. */
export async function killOnce(
  { pool, home, lineage, request }: KilledTraining,
  momentMs = 0,
): Promise<TrainingOutcome | 'killed'> {
  const before = await entriesOf(home, lineage);
  let finished: TrainingOutcome | undefined;
  const running = pool.run('train', request, poolOptions(lineage));
  running.then((outcome) => (finished = outcome)).catch(() => undefined);
  // The claim, and after it a checkpoint.
  await until(async () => finished !== undefined || (await entriesOf(home, lineage)) >= before + 2);
  await pause(momentMs);
  const [pid] = await childrenOf(process.pid, 'compute/main');
  if (finished !== undefined || pid === undefined) return running;
  process.kill(pid, 'SIGKILL');
  await expect(running).rejects.toMatchObject({ name: 'ComputeProcessDied' });
  return 'killed';
}

/** A training that is killed again and again, each time at another moment, and then ends. */
export async function trainThroughKills(
  training: KilledTraining,
  most: number,
): Promise<{ kills: number; outcome: TrainingOutcome }> {
  const random = new RandomStream(1, 'test-kills');
  for (let kills = 0; kills < most; kills++) {
    const outcome = await killOnce(training, random.below(200));
    if (outcome !== 'killed') return { kills, outcome };
  }
  const { pool, request, lineage } = training;
  return { kills: most, outcome: await pool.run('train', request, poolOptions(lineage)) };
}

/** All of an outcome that must be the same however often it was killed. */
export const essenceOf = ({
  weightsHash,
  curve,
  epochs,
  bestEpoch,
  validationScore,
}: TrainingOutcome) => ({ weightsHash, curve, epochs, bestEpoch, validationScore });
