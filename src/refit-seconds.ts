import type { TrainingOutcome } from './schemas/training.ts';

/** There is about a quarter more to train on: the rows that validated. */
const MORE_ROWS = 1.25;

/** What one training took, where there was one for each fold. */
export const secondsOfOne = ({ seconds, crossValidation }: TrainingOutcome): number =>
  seconds / (crossValidation?.folds ?? 1);

/** What a training on all rows will take, by what it took on those to fit: up to its best epoch alone. */
export function refitSeconds(outcome: TrainingOutcome): number {
  const { candidate, seconds, epochs, bestEpoch } = outcome;
  // An ensemble was not trained: its seconds are those that its members will take.
  if (candidate.estimator === 'ensemble') return seconds;
  return MORE_ROWS * secondsOfOne(outcome) * Math.min(1, bestEpoch / epochs);
}
