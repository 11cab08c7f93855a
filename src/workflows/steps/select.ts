import type { Job } from '../../schemas/job.ts';
import type { LeftOutEstimator, Preprocessed, Selection } from '../../schemas/lifecycle-steps.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';
import { formatScore } from '../score.ts';
import { foldsOrder, isWorthFolds } from './cross-validation.ts';
import { type StepContext, trainingRequest, workOrder } from './step-context.ts';

/** Screening may use this share of a time budget. */
const SCREENING_SHARE = 0.25;
/** The other folds of what was screened may use it up to this share. */
const FOLDS_SHARE = 0.45;

/** Step 2: every estimator that suits the problem, with its defaults, ranked on validation rows. */
export async function select(
  context: StepContext,
  { job, data }: { job: Job; data: Preprocessed },
): Promise<{ selection: Selection }> {
  const { bookkeeping, heavy, note } = context;
  const { candidates, leftOut, reference } = await bookkeeping.listCandidates({
    job,
    problem: data.problem,
    size: { rows: data.rows.fit, width: data.width },
    image: data.image,
  });
  note('select', `screening ${candidates.map(({ estimator }) => estimator).join(', ')}`);
  const screen = async (candidate: (typeof candidates)[number]) =>
    heavy.run(
      'screenEstimator',
      candidate.estimator,
      workOrder<'train'>(
        context,
        `screen/${candidate.estimator}`,
        trainingRequest(context, data, candidate, SCREENING_SHARE),
      ),
    );
  // The linear reference is trained even where the job leaves it out: others are measured against it.
  const isCandidate = candidates.some(({ estimator }) => estimator === reference.estimator);
  const toScreen = isCandidate ? candidates : [...candidates, reference];
  const outcomes = await Promise.all(toScreen.map(screen));
  const rank = (all: readonly TrainingOutcome[]) =>
    bookkeeping.rankEstimators({
      problem: data.problem,
      rows: data.rows,
      outcomes: all.slice(0, candidates.length),
      leftOut,
      reference: all.find(
        ({ candidate }) => candidate.estimator === reference.estimator,
      ) as TrainingOutcome,
    });
  const selection = await validate(context, data, await rank(outcomes), outcomes, rank);
  const [first] = selection.ranking;
  note(
    'select',
    `${first?.estimator ?? '?'} leads with ${formatScore(data.problem, selection.best.validationScore)} of ${candidates.length}${tellLeftOut(leftOut)}`,
  );
  return { selection };
}

/**
 * The same on the other folds, where there are any, for all that chance may have put behind. Where
 * time does not last for the leader, the first look stands for all.
 */
async function validate(
  context: StepContext,
  data: Preprocessed,
  selection: Selection,
  outcomes: readonly TrainingOutcome[],
  rank: (outcomes: readonly TrainingOutcome[]) => Promise<Selection>,
): Promise<Selection> {
  const { best, screened } = selection;
  if (!isWorthFolds(data, best, best)) return selection;
  const worth = screened.filter((outcome) => isWorthFolds(data, best, outcome));
  context.note(
    'select',
    `cross-validating ${worth.map(({ candidate }) => candidate.estimator).join(', ')}`,
  );
  const validated = await Promise.all(
    worth.map((first) =>
      context.heavy.run(
        'crossValidate',
        `${first.candidate.estimator}, other folds`,
        foldsOrder(context, data, `screen/${first.candidate.estimator}`, first, FOLDS_SHARE),
      ),
    ),
  );
  const byName = new Map(validated.map((outcome) => [outcome.candidate.estimator, outcome]));
  if ((byName.get(best.candidate.estimator)?.crossValidation ?? null) === null) return selection;
  return rank(outcomes.map((outcome) => byName.get(outcome.candidate.estimator) ?? outcome));
}

/** Each reason once, with those that it holds for. */
function tellLeftOut(leftOut: readonly LeftOutEstimator[]): string {
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))];
  return reasons
    .map((why) => {
      const names = leftOut.filter(({ reason }) => reason === why);
      return `; without ${names.map(({ estimator }) => estimator).join(', ')}: ${why}`;
    })
    .join('');
}
