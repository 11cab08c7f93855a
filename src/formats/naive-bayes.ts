/**
 * log P(class) + Σ log P(column | class), whose softmax are the probabilities; what is missing is
 * left out of the sum. Numbers are normal within a class.
 */
export interface NaiveBayes {
  readonly classes: number;
  /** [classes]: log P(class) */
  readonly priors: Float64Array;
  /** [classes, numeric] */
  readonly means: Float64Array;
  /** [classes, numeric] */
  readonly variances: Float64Array;
  /** [classes, levels of all categories]: log P(level | class) */
  readonly levels: Float64Array;
}
