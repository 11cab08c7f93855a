import { z } from 'zod';
import { BatchCursor } from '../../training/batch-cursor.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat64 } from '../../training/snapshot.ts';
import type { TrainingData } from '../../training/training-data.ts';
import type { Weights } from '../../weights.ts';
import type { StepReport, Training } from '../estimator.ts';
import { sweep } from './coordinate-descent.ts';
import { beginMoments, type PassName, type Penalty, passes, type Sums } from './passes.ts';

const State = z.strictObject({
  pass: z.enum(['moments', 'gram', 'gradient', 'product', 'descent', 'solved']),
  batches: z.int().nonnegative(),
  sums: z.array(z.string()),
});

/** Multiplications in one slice: a few tenths of a second. */
const SLICE = 2e8;
const LARGEST_BATCH = 1024;

/** Minimises ½‖y − Xw − b‖² + l1 ‖w‖₁ + ½ l2 ‖w‖² in float64; b bears no penalty. */
export class LeastSquares implements Training {
  readonly maxEpochs = 1;
  readonly earlyStopping = null;
  readonly execution = null;
  readonly #data: TrainingData;
  readonly #penalty: Penalty;
  #pass: PassName = 'moments';
  #sums: Sums;
  /** Batches of the current pass that were read. */
  #batches = 0;
  #cursor: BatchCursor | undefined;

  constructor(data: TrainingData, penalty: Penalty, state?: Uint8Array) {
    this.#data = data;
    this.#penalty = penalty;
    this.#sums = beginMoments(data.width);
    if (state !== undefined) this.#restore(state);
  }

  async step(): Promise<StepReport> {
    if (this.#pass === 'solved') return this.#report(0);
    if (this.#pass === 'descent') {
      this.#descend();
      return this.#report(0);
    }
    const pass = passes[this.#pass];
    const sliceRows = Math.max(16, Math.floor(SLICE / pass.cost(this.#data.width)));
    const batchSize = Math.min(LARGEST_BATCH, sliceRows);
    this.#cursor ??= new BatchCursor(this.#data.batches(batchSize), this.#batches);
    let rows = 0;
    for (let left = Math.floor(sliceRows / batchSize); left > 0; left--) {
      const batch = await this.#cursor.next();
      if (batch === undefined) {
        this.#pass = pass.finish(this.#sums, this.#penalty);
        this.#cursor = undefined;
        this.#batches = 0;
        break;
      }
      pass.add(this.#sums, batch);
      this.#batches += 1;
      rows += batch.rows;
    }
    return this.#report(rows);
  }

  state(): Uint8Array {
    const document: z.infer<typeof State> = {
      pass: this.#pass,
      batches: this.#batches,
      sums: Object.keys(this.#sums),
    };
    return encodeSnapshot(document, Object.values(this.#sums).map(bytesOf));
  }

  weights(): Weights {
    const { mean, target, solution = new Float64Array(this.#data.width) } = this.#sums;
    let intercept = target?.[0] ?? 0;
    solution.forEach((coefficient, i) => {
      intercept -= coefficient * (mean?.[i] ?? 0);
    });
    return [
      { name: 'coefficients', shape: [solution.length], values: solution },
      { name: 'intercept', shape: [1], values: Float64Array.of(intercept) },
    ];
  }

  dispose(): void {
    this.#cursor?.close();
  }

  /** As many sweeps over the coefficients as fit a slice. */
  #descend(): void {
    const sweeps = Math.max(1, Math.floor(SLICE / this.#data.width ** 2));
    for (let left = sweeps; left > 0 && this.#pass === 'descent'; left--) {
      if (sweep(this.#sums, this.#penalty)) this.#pass = 'solved';
    }
  }

  #restore(state: Uint8Array): void {
    const { document, blobs } = decodeSnapshot(state);
    const { pass, batches, sums } = State.parse(document);
    this.#pass = pass;
    this.#batches = batches;
    this.#sums = Object.fromEntries(
      sums.map((name, i) => [name, toFloat64(blobs[i] as Uint8Array)]),
    );
  }

  #report(rows: number): StepReport {
    const done = this.#pass === 'solved';
    return { done, epochEnded: done, epoch: done ? 1 : 0, loss: null, learningRate: null, rows };
  }
}
