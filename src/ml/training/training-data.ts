/** Rows ready for a model: dense, one-hot, float32. */
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
  readonly width: number;
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
