/**
 * Metrics of decisions that the likeliest class is not the best for, even where probabilities are
 * right: for workflows too, which take only types from schemas.
 */
export const DECISION_METRICS: readonly string[] = [
  'f1',
  'f1_macro',
  'f1_weighted',
  'balanced_accuracy',
];
