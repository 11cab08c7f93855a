import type { Candidate, EstimatorName } from '../../schemas/hyperparameters.ts';
import type { RankedEstimator } from '../../schemas/lifecycle-steps.ts';
import type { Problem } from '../../schemas/problem.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';

/** From simple to complex: among equals the simpler one is preferred. */
const COMPLEXITY: readonly EstimatorName[] = [
  'linear',
  'ridge',
  'lasso',
  'elasticNet',
  'logistic',
  'naiveBayes',
  'nearestNeighbours',
  'randomForest',
  'gradientBoosting',
  'mlp',
  'cnn',
  'ensemble',
];
/** An estimator whose screened score falls this far behind the best, relatively, is not tuned. */
const FAR_BEHIND = 0.25;
/** More would leave each too few trials. */
const MOST_FINALISTS = 3;
/** Differences below this are noise, relatively. */
const TIE = 1e-4;

export interface Ranking {
  readonly ranking: RankedEstimator[];
  readonly reason: string;
  readonly finalists: Candidate[];
  readonly best: TrainingOutcome;
  /** As they are ranked. */
  readonly screened: TrainingOutcome[];
}

/** Ranks screened estimators by validation score, and names those worth tuning, best first. */
export function rankEstimators(screened: {
  readonly problem: Problem;
  readonly rows: { readonly fit: number; readonly validation: number };
  readonly outcomes: readonly TrainingOutcome[];
  readonly reference: TrainingOutcome;
}): Ranking {
  const { problem, rows, outcomes, reference } = screened;
  const sorted = outcomes.toSorted((a, b) => compare(problem, a, b));
  const [best] = sorted;
  if (best === undefined) throw new RangeError('No estimator was screened.');
  const behind = (outcome: TrainingOutcome) => shortfall(problem, best, outcome);
  const near = sorted.filter(
    (outcome) => isValidatedLike(best, outcome) && behind(outcome) <= FAR_BEHIND,
  );
  const finalists = near.slice(0, MOST_FINALISTS);
  return {
    ranking: sorted.map((outcome) => ({
      estimator: outcome.candidate.estimator,
      score: outcome.validationScore,
      reason: reasonFor(problem, outcome, best, reference, finalists.includes(outcome)),
      seconds: outcome.seconds,
    })),
    reason: `by ${problem.metric} on ${describeRows(best, rows)}; differences below 0.01 % go to the simpler estimator`,
    finalists: (finalists.length === 0 ? [best] : finalists).map(({ candidate }) => candidate),
    best,
    screened: sorted,
  };
}

const isValidatedLike = (best: TrainingOutcome, { crossValidation }: TrainingOutcome): boolean =>
  best.crossValidation === null || crossValidation !== null;

const describeRows = (
  { crossValidation }: TrainingOutcome,
  { fit, validation }: { readonly fit: number; readonly validation: number },
): string =>
  crossValidation === null
    ? `${validation} validation rows, each with its defaults on ${fit} rows`
    : `${crossValidation.folds} folds of ${fit + validation} rows, each with its defaults, where it is near the best on the first fold`;

function compare(problem: Problem, a: TrainingOutcome, b: TrainingOutcome): number {
  // What was not worth its other folds, or not in time, comes after what was.
  const validated = (outcome: TrainingOutcome) => (outcome.crossValidation === null ? 1 : 0);
  if (validated(a) !== validated(b)) return validated(a) - validated(b);
  const [scoreA, scoreB] = [a.validationScore, b.validationScore];
  if (scoreA === null || scoreB === null) {
    if (scoreA !== scoreB) return scoreA === null ? 1 : -1;
    return complexityOf(a) - complexityOf(b);
  }
  const difference = problem.direction === 'maximise' ? scoreB - scoreA : scoreA - scoreB;
  const isTie = Math.abs(difference) <= TIE * Math.max(Math.abs(scoreA), Math.abs(scoreB));
  return isTie ? complexityOf(a) - complexityOf(b) : difference;
}

const complexityOf = ({ candidate }: TrainingOutcome): number =>
  COMPLEXITY.indexOf(candidate.estimator);

/** How far an outcome falls short of the best, relatively; Infinity without a score. */
function shortfall({ direction }: Problem, best: TrainingOutcome, other: TrainingOutcome): number {
  if (other.validationScore === null) return Number.POSITIVE_INFINITY;
  const bar =
    other.crossValidation === null && best.crossValidation !== null
      ? best.crossValidation.firstScore
      : best.validationScore;
  if (bar === null) return 0;
  const difference =
    direction === 'maximise' ? bar - other.validationScore : other.validationScore - bar;
  return difference / Math.max(Math.abs(bar), 1e-12);
}

function reasonFor(
  problem: Problem,
  outcome: TrainingOutcome,
  best: TrainingOutcome,
  reference: TrainingOutcome,
  isFinalist: boolean,
): string {
  if (outcome.validationScore === null) return `no validation score (${outcome.status})`;
  const percent = (share: number) => `${(100 * Math.abs(share)).toFixed(1)} %`;
  if (outcome === best) {
    if (reference.candidate.estimator === outcome.candidate.estimator) return 'best; the reference';
    const gain = shortfall(problem, best, reference);
    return Number.isFinite(gain)
      ? `best; ${percent(gain)} ahead of ${reference.candidate.estimator}`
      : 'best';
  }
  const short = shortfall(problem, best, outcome);
  const place = isFinalist
    ? 'worth tuning'
    : !isValidatedLike(best, outcome)
      ? 'on the first fold, and not validated on the others'
      : short > FAR_BEHIND
        ? 'too far behind to be tuned'
        : `not among the best ${MOST_FINALISTS}`;
  return `${percent(short)} behind ${best.candidate.estimator}: ${place}`;
}
