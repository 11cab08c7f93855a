import { RandomStream } from '../../src/ml/random.ts';
import type { Batch, TrainingData } from '../../src/ml/training/training-data.ts';
import type { RecordLayout } from '../../src/schemas/prepared-data.ts';

/** Rows in memory: what stored rows are, without the files. */
export class MemoryRows implements TrainingData {
  readonly rows: number;
  readonly width: number;
  readonly features: Float32Array;
  readonly targets: Float64Array;

  readonly layout: RecordLayout;

  /**
   * @param features [rows, width]
   * @param targets [rows]
   * @param layout what the columns are, where they are not all numbers: then `features` are codes
   */
  constructor(
    width: number,
    features: Float32Array,
    targets: Float64Array,
    layout: RecordLayout = numbersOnly(width),
  ) {
    this.rows = targets.length;
    this.layout = layout;
    this.width = width;
    this.features = features;
    this.targets = targets;
  }

  /** Without categories and missing values, all encodings are the same. */
  encodedAs(): TrainingData {
    return this;
  }

  /** Rows given one by one, as features and target. */
  static of(rows: readonly (readonly [features: readonly number[], target: number])[]): MemoryRows {
    const features = Float32Array.from(rows.flatMap(([values]) => values));
    const targets = Float64Array.from(rows, ([, target]) => target);
    return new MemoryRows(rows[0]?.[0].length ?? 0, features, targets);
  }

  /** Rows of each class. */
  classCounts(classes: number): number[] {
    return Array.from(
      { length: classes },
      (_, index) => this.targets.filter((target) => target === index).length,
    );
  }

  async *batches(
    batchSize: number,
    shuffle?: { readonly seed: number; readonly epoch: number },
  ): AsyncGenerator<Batch> {
    const order = shuffle
      ? new RandomStream(shuffle.seed, 'shuffle/rows', [shuffle.epoch]).permutation(this.rows)
      : Uint32Array.from(this.targets, (_, row) => row);
    for (let start = 0; start < this.rows; start += batchSize) {
      yield this.#pick(order.subarray(start, start + batchSize));
    }
  }

  #pick(order: Uint32Array): Batch {
    const { width } = this;
    const features = new Float32Array(order.length * width);
    order.forEach((from, to) => {
      features.set(this.features.subarray(from * width, (from + 1) * width), to * width);
    });
    const targets = Float64Array.from(order, (row) => this.targets[row] as number);
    return { rows: order.length, features, targets };
  }
}

const numbersOnly = (width: number): RecordLayout => ({
  numeric: width,
  categories: [],
  imputed: Array.from({ length: width }, () => 0),
});
