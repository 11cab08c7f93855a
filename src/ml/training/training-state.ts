import { z } from 'zod';
import { EpochRecord } from '../../schemas/training.ts';
import { decodeWeights, encodeWeights, type Weights } from '../weights.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';

/** The best epoch so far, or the latest where there is nothing to choose by. */
export interface BestEpoch {
  readonly epoch: number;
  readonly score: number | null;
  readonly loss: number;
  readonly weights: Weights;
}

/** All that a training knows beside what its estimator knows. */
export interface TrainingState {
  readonly curve: EpochRecord[];
  readonly best: BestEpoch | null;
  /** Worked for, over all attempts. */
  readonly seconds: number;
}

const Document = z.strictObject({
  curve: z.array(EpochRecord),
  best: z
    .strictObject({ epoch: z.int(), score: z.number().nullable(), loss: z.number() })
    .nullable(),
  seconds: z.number(),
});

/** One checkpoint: this state, the best weights, and the estimator's own state. */
export function encodeTrainingState(
  { curve, best, seconds }: TrainingState,
  estimatorState: Uint8Array,
): Uint8Array {
  const document: z.infer<typeof Document> = {
    curve,
    best: best && { epoch: best.epoch, score: best.score, loss: best.loss },
    seconds,
  };
  return encodeSnapshot(document, [
    estimatorState,
    ...(best === null ? [] : [encodeWeights(best.weights)]),
  ]);
}

export function decodeTrainingState(bytes: Uint8Array): {
  state: TrainingState;
  estimatorState: Uint8Array;
} {
  const { document, blobs } = decodeSnapshot(bytes);
  const { curve, best, seconds } = Document.parse(document);
  const [estimatorState = new Uint8Array(), weights] = blobs;
  return {
    state: {
      curve,
      best: best && weights ? { ...best, weights: decodeWeights(weights) } : null,
      seconds,
    },
    estimatorState,
  };
}
