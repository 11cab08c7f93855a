import { z } from 'zod';
import type { NaiveBayesHyperparameters } from '../../../schemas/hyperparameters.ts';
import { BatchCursor } from '../../training/batch-cursor.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat64 } from '../../training/snapshot.ts';
import type { Batch, TrainingData } from '../../training/training-data.ts';
import type { Weights } from '../../weights.ts';
import type { StepReport, Training, TrainingSetup } from '../estimator.ts';

const State = z.strictObject({ batches: z.int().nonnegative() });

const BATCH_ROWS = 1024;
/** Values in one slice. */
const SLICE_VALUES = 2e6;

/** What is added up over the rows, for each class; numbers are float64 and near 0, as they are scaled. */
interface Sums {
  /** [classes]: rows */
  rows: Float64Array;
  /** [classes, numeric]: known values, their sum, and that of their squares */
  known: Float64Array;
  sum: Float64Array;
  square: Float64Array;
  /** [classes, Σ levels] */
  levels: Float64Array;
  /** [classes, terms]: of texts, where these are not taken as numbers */
  terms: Float64Array;
}

/** One pass over the data, in slices. */
export class NaiveBayesTraining implements Training {
  readonly execution = null;
  readonly maxEpochs = 1;
  readonly earlyStopping = null;
  readonly #setup: TrainingSetup<NaiveBayesHyperparameters>;
  readonly #data: TrainingData;
  readonly #sums: Sums;
  /** How many of the numbers are normal in a class; the others are terms of texts. */
  readonly #numeric: number;
  #batches = 0;
  #cursor: BatchCursor | undefined;

  constructor(setup: TrainingSetup<NaiveBayesHyperparameters>, state?: Uint8Array) {
    this.#setup = setup;
    this.#data = setup.data.encodedAs('codes');
    const { classes, layout } = setup.shape;
    const terms = setup.hyperparameters.texts === 'normal' ? 0 : (layout.terms ?? 0);
    this.#numeric = layout.numeric - terms;
    const levels = layout.categories.reduce((sum, size) => sum + size, 0);
    const zeros = (width: number) => new Float64Array(classes * width);
    this.#sums = {
      rows: zeros(1),
      known: zeros(this.#numeric),
      sum: zeros(this.#numeric),
      square: zeros(this.#numeric),
      levels: zeros(levels),
      terms: zeros(terms),
    };
    if (state !== undefined) this.#restore(state);
  }

  async step(): Promise<StepReport> {
    this.#cursor ??= new BatchCursor(this.#data.batches(BATCH_ROWS), this.#batches);
    let rows = 0;
    const perSlice = Math.max(1, Math.floor(SLICE_VALUES / (BATCH_ROWS * this.#data.width)));
    for (let left = perSlice; left > 0; left--) {
      const batch = await this.#cursor.next();
      if (batch === undefined) break;
      this.#add(batch);
      this.#batches += 1;
      rows += batch.rows;
    }
    // The last slice is the one that finds nothing more.
    const done = rows === 0;
    return { done, epochEnded: done, epoch: done ? 1 : 0, loss: null, learningRate: null, rows };
  }

  state(): Uint8Array {
    const document: z.infer<typeof State> = { batches: this.#batches };
    return encodeSnapshot(document, Object.values(this.#sums).map(bytesOf));
  }

  weights(): Weights {
    const { classes } = this.#setup.shape;
    const { prior } = this.#setup.hyperparameters;
    const { rows } = this.#sums;
    const total = rows.reduce((sum, count) => sum + count, 0);
    const share = (of: number) =>
      prior === 'uniform' ? 1 / classes : ((rows[of] as number) + 1) / (total + classes);
    const shape = [classes, this.#numeric];
    return [
      {
        name: 'logPriors',
        shape: [classes],
        values: Float64Array.from({ length: classes }, (_, of) => Math.log(share(of))),
      },
      ...this.#normals().map((array) => ({ ...array, shape })),
      this.#levelWeights(),
      ...this.#termWeights(),
    ];
  }

  dispose(): void {
    this.#cursor?.close();
  }

  #add({ rows, features, targets }: Batch): void {
    const { layout } = this.#setup.shape;
    const { numeric: numbers, categories } = layout;
    const { known, sum, square, levels, terms, rows: counts } = this.#sums;
    const { width } = this.#data;
    const numeric = this.#numeric;
    const allTerms = numbers - numeric;
    const allLevels = categories.reduce((total, size) => total + size, 0);
    const addTo = (array: Float64Array, at: number, value: number) => {
      array[at] = (array[at] as number) + value;
    };
    for (let row = 0; row < rows; row++) {
      const of = targets[row] as number;
      addTo(counts, of, 1);
      for (let i = 0; i < numeric; i++) {
        const x = features[row * width + i] as number;
        if (Number.isNaN(x)) continue;
        addTo(known, of * numeric + i, 1);
        addTo(sum, of * numeric + i, x);
        addTo(square, of * numeric + i, x * x);
      }
      for (let term = 0; term < allTerms; term++) {
        const value = features[row * width + numeric + term] as number;
        if (value !== 0) addTo(terms, of * allTerms + term, value);
      }
      let first = of * allLevels;
      categories.forEach((size, index) => {
        const code = features[row * width + numbers + index] as number;
        if (!Number.isNaN(code)) addTo(levels, first + code, 1);
        first += size;
      });
    }
  }

  /** Means and variances; of a class without values those of all classes. */
  #normals() {
    const { classes } = this.#setup.shape;
    const { varianceSmoothing } = this.#setup.hyperparameters;
    const { known, sum, square } = this.#sums;
    const numeric = this.#numeric;
    const means = new Float64Array(classes * numeric);
    const variances = new Float64Array(classes * numeric);
    const overClasses = (array: Float64Array, i: number) =>
      Array.from({ length: classes }, (_, of) => array[of * numeric + i] as number).reduce(
        (total, value) => total + value,
        0,
      );
    let widest = 0;
    for (let i = 0; i < numeric; i++) {
      const count = Math.max(1, overClasses(known, i));
      const mean = overClasses(sum, i) / count;
      const variance = Math.max(0, overClasses(square, i) / count - mean * mean);
      widest = Math.max(widest, variance);
      for (let of = 0; of < classes; of++) {
        const at = of * numeric + i;
        const rows = known[at] as number;
        const own = rows > 0 ? (sum[at] as number) / rows : mean;
        means[at] = own;
        variances[at] =
          rows > 0 ? Math.max(0, (square[at] as number) / rows - own * own) : variance;
      }
    }
    // As in scikit-learn, a share of the largest variance is added to all.
    const added = varianceSmoothing * (widest > 0 ? widest : 1);
    return [
      { name: 'means', values: means },
      { name: 'variances', values: variances.map((value) => value + Math.max(added, 1e-12)) },
    ];
  }

  /** log P(level | class) [classes, Σ levels], smoothed. */
  #levelWeights() {
    const { classes, layout } = this.#setup.shape;
    const { smoothing } = this.#setup.hyperparameters;
    const { levels } = this.#sums;
    const width = levels.length / classes;
    const values = new Float64Array(levels.length);
    for (let of = 0; of < classes; of++) {
      let first = of * width;
      for (const size of layout.categories) {
        const counts = levels.subarray(first, first + size);
        const total = counts.reduce((sum, count) => sum + count, 0) + smoothing * size;
        counts.forEach((count, level) => {
          values[first + level] = Math.log((count + smoothing) / total);
        });
        first += size;
      }
    }
    return { name: 'logLevels', shape: [classes, width], values };
  }

  /**
   * log P(term | class) [classes, terms], smoothed: its share of all terms of the class's texts; of a
   * complement −log of its share in those of all other classes.
   */
  #termWeights() {
    const { classes } = this.#setup.shape;
    const { smoothing, texts } = this.#setup.hyperparameters;
    const { terms } = this.#sums;
    const width = terms.length / classes;
    if (width === 0) return [];
    const overClasses = Float64Array.from({ length: width }, (_, term) => {
      let sum = 0;
      for (let of = 0; of < classes; of++) sum += terms[of * width + term] as number;
      return sum;
    });
    const values = new Float64Array(terms.length);
    for (let of = 0; of < classes; of++) {
      const own = terms.subarray(of * width, (of + 1) * width);
      const isComplement = texts === 'complement';
      const counts = isComplement
        ? // Rounding may leave less than nothing.
          overClasses.map((count, term) => Math.max(0, count - (own[term] as number)))
        : own;
      const total = counts.reduce((sum, count) => sum + count, 0) + smoothing * width;
      const sign = isComplement ? -1 : 1;
      counts.forEach((count, term) => {
        values[of * width + term] = sign * Math.log((count + smoothing) / total);
      });
    }
    return [{ name: 'logTerms', shape: [classes, width], values }];
  }

  #restore(state: Uint8Array): void {
    const { document, blobs } = decodeSnapshot(state);
    this.#batches = State.parse(document).batches;
    Object.values(this.#sums).forEach((sum: Float64Array, i) => {
      sum.set(toFloat64(blobs[i] as Uint8Array));
    });
  }
}
