import type { RecordLayout } from '../../schemas/prepared-data.ts';
import type { FeatureEncoding } from '../data/densify.ts';

/** Rows ready for a model: float32, in the encoding of the data that they come from. */
export interface Batch {
  readonly rows: number;
  /** [rows, width], row-major */
  readonly features: Float32Array;
  /** [rows]: scaled target, or the index of the class */
  readonly targets: Float64Array;
  /** [rows]: where they stand among all rows; given once the table of all is asked for. */
  readonly indices?: Int32Array;
}

/** A part of the prepared data that can be read many times, in order or shuffled from a seed. */
export interface TrainingData {
  readonly rows: number;
  /** Inputs of a row, in the encoding of this data. */
  readonly width: number;
  /** What the columns are. */
  readonly layout: RecordLayout;
  /** The same rows in another encoding; one-hot unless one is asked for. */
  encodedAs(encoding: FeatureEncoding): TrainingData;
  /**
   * All features [rows, width], where they may be held in memory, else null. Batches then tell the
   * numbers of their rows, and make their features only when these are read.
   */
  table?(): Promise<Float32Array | null>;
  /**
   * Batches of `batchSize` rows, the last one smaller. With `shuffle`, the order depends on
   * seed and epoch alone, block-wise, so that memory does not grow with the rows.
   */
  batches(
    batchSize: number,
    shuffle?: { readonly seed: number; readonly epoch: number },
  ): AsyncIterable<Batch>;
}
