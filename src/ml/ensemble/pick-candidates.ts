import type { Problem } from '../../schemas/problem.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';

/** Models to choose an ensemble from: the search takes as long as there are many. */
const MOST_CANDIDATES = 25;
/** Of each estimator that many come first: models of different kinds err in different places. */
const OF_EACH = 3;

/** The models that an ensemble is chosen from: each once, the best of each estimator, then the best of all. */
export function pickCandidates(
  { direction }: Problem,
  outcomes: readonly TrainingOutcome[],
): TrainingOutcome[] {
  const sign = direction === 'maximise' ? -1 : 1;
  const seen = new Set<string>();
  const usable = outcomes
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
  const others = usable.filter((outcome) => !leading.has(outcome));
  return [...first, ...others].slice(0, MOST_CANDIDATES);
}
