import type { Problem } from '../../schemas/problem.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';

/** Models to choose an ensemble from: the search takes as long as there are many. */
const MOST_CANDIDATES = 25;
/** Of each estimator that many come first: models of different kinds err in different places. */
const OF_EACH = 3;

/**
 * The models that an ensemble is chosen from: each once, the best of each estimator, then the best of
 * all. They were validated on the same rows as the chosen one.
 */
export function pickCandidates(
  { direction }: Problem,
  chosen: TrainingOutcome,
  others: readonly TrainingOutcome[],
): TrainingOutcome[] {
  const foldsOf = ({ crossValidation }: TrainingOutcome) => crossValidation?.folds ?? 1;
  const sign = direction === 'maximise' ? -1 : 1;
  const seen = new Set<string>();
  const usable = [chosen, ...others]
    .filter((outcome) => foldsOf(outcome) === foldsOf(chosen))
    .filter(({ weightsHash, validationScore, predictions, status }) => {
      if (validationScore === null || predictions === null || status === 'diverged') return false;
      const isNew = !seen.has(weightsHash);
      seen.add(weightsHash);
      return isNew;
    })
    .toSorted((a, b) => sign * ((a.validationScore as number) - (b.validationScore as number)));
  const places = new Map<string, number>();
  const leading = new Set(
    usable.filter(({ candidate: { estimator } }) => {
      const place = (places.get(estimator) ?? 0) + 1;
      places.set(estimator, place);
      return place <= OF_EACH;
    }),
  );
  const first = usable.filter((outcome) => leading.has(outcome));
  const rest = usable.filter((outcome) => !leading.has(outcome));
  return [...first, ...rest].slice(0, MOST_CANDIDATES);
}
