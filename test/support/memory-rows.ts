import { RandomStream } from '../../src/ml/random.ts';
import { tableBatches } from '../../src/ml/training/table-batches.ts';
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

  async table(): Promise<Float32Array> {
    return this.features;
  }

  async *batches(
    batchSize: number,
    shuffle?: { readonly seed: number; readonly epoch: number },
  ): AsyncGenerator<Batch> {
    const order = shuffle
      ? new RandomStream(shuffle.seed, 'shuffle/rows', [shuffle.epoch]).permutation(this.rows)
      : Uint32Array.from(this.targets, (_, row) => row);
    yield* tableBatches(this, Int32Array.from(order), batchSize);
  }
}

export const numbersOnly = (width: number): RecordLayout => ({
  numeric: width,
  categories: [],
  imputed: Array.from({ length: width }, () => 0),
});
