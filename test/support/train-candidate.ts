import { type Trained, type TrainOptions, train } from '../../src/ml/training/train.ts';
import type { TargetScale } from '../../src/schemas/prepared-data.ts';
import type { MemoryRows } from './memory-rows.ts';

export const unscaled: TargetScale = { log: false, shift: 0, scale: 1 };

interface ToTrain extends Partial<Omit<TrainOptions, 'data' | 'validation'>> {
  readonly candidate: TrainOptions['candidate'];
  readonly problem: TrainOptions['problem'];
  readonly data: MemoryRows;
  readonly validation?: MemoryRows;
}

/** Options of a training on rows in memory that nobody watches and nothing cuts short. */
export const trainOptions = ({ data, validation, ...given }: ToTrain): TrainOptions => ({
  truth: data.targets,
  targetScale: unscaled,
  classCounts: data.classCounts(given.problem.classes.length),
  seed: 1,
  maxEpochs: null,
  maxSeconds: null,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  onCheckpoint: async () => undefined,
  ...given,
  data,
  validation: validation === undefined ? null : { data: validation, truth: validation.targets },
});

export const trainCandidate = (given: ToTrain): Promise<Trained> => train(trainOptions(given));
