import { z } from 'zod';
import { BatchCursor } from '../../training/batch-cursor.ts';
import { decodeSnapshot, encodeSnapshot } from '../../training/snapshot.ts';
import type { Batch, TrainingData } from '../../training/training-data.ts';
import type { Weights } from '../../weights.ts';
import type { StepReport, Training } from '../estimator.ts';

const State = z.strictObject({ batches: z.int().nonnegative() });

const BATCH_ROWS = 1024;
const SLICE_BATCHES = 16;

/** Reads the rows; that is all. What was read is read again after a restore. */
export class NeighboursTraining implements Training {
  readonly execution = null;
  readonly maxEpochs = 1;
  readonly earlyStopping = null;
  readonly #data: TrainingData;
  /** [rows, width] and [rows] */
  readonly #features: Float32Array;
  readonly #targets: Float64Array;
  readonly #restored: number;
  #batches = 0;
  #rows = 0;
  #cursor: BatchCursor | undefined;

  constructor(data: TrainingData, state?: Uint8Array) {
    this.#data = data;
    this.#features = new Float32Array(data.rows * data.width);
    this.#targets = new Float64Array(data.rows);
    this.#restored = state === undefined ? 0 : State.parse(decodeSnapshot(state).document).batches;
  }

  async step(): Promise<StepReport> {
    this.#cursor ??= new BatchCursor(this.#data.batches(BATCH_ROWS));
    const known = Math.max(this.#batches, this.#restored);
    const start = this.#rows;
    while (this.#batches < known + SLICE_BATCHES) {
      const batch = await this.#cursor.next();
      if (batch === undefined) break;
      this.#keep(batch);
    }
    const rows = this.#rows - start;
    // The last slice is the one that finds nothing new.
    const done = this.#batches === known;
    return { done, epochEnded: done, epoch: done ? 1 : 0, loss: null, learningRate: null, rows };
  }

  state(): Uint8Array {
    const batches = Math.max(this.#batches, this.#restored);
    return encodeSnapshot({ batches } satisfies z.infer<typeof State>, []);
  }

  weights(): Weights {
    return [
      { name: 'features', shape: [this.#data.rows, this.#data.width], values: this.#features },
      { name: 'targets', shape: [this.#data.rows], values: this.#targets },
    ];
  }

  dispose(): void {
    this.#cursor?.close();
  }

  #keep({ features, targets, rows }: Batch): void {
    this.#features.set(features, this.#rows * this.#data.width);
    this.#targets.set(targets, this.#rows);
    this.#rows += rows;
    this.#batches += 1;
  }
}
