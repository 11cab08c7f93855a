import type { TrainingOutcome } from './schemas/training.ts';

/** There is about a quarter more to train on: the rows that validated. */
const MORE_ROWS = 1.25;

/** What a training on all rows will take, by what it took on those to fit: up to its best epoch alone. */
export function refitSeconds({
  candidate,
  seconds,
  crossValidation,
  epochs,
  bestEpoch,
}: TrainingOutcome): number {
  // An ensemble was not trained: its seconds are those that its members will take.
  if (candidate.estimator === 'ensemble') return seconds;
  const ofOne = seconds / (crossValidation?.folds ?? 1);
  return MORE_ROWS * ofOne * Math.min(1, bestEpoch / epochs);
}
