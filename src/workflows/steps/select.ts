import { isNetwork } from '../../is-network.ts';
import type { Candidate } from '../../schemas/hyperparameters.ts';
import type { Job } from '../../schemas/job.ts';
import type { LeftOutEstimator, Preprocessed, Selection } from '../../schemas/lifecycle-steps.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';
import { formatScore } from '../score.ts';
import { foldsOrder, isWorthFolds } from './cross-validation.ts';
import { type StepContext, trainingRequest, workOrder } from './step-context.ts';

/** Screening of all but networks may use this share of a time budget. */
const QUICK_SHARE = 0.15;
/** All of it may use this one. */
const SCREENING_SHARE = 0.35;
/** The other folds of what was screened may use it up to this share. */
const FOLDS_SHARE = 0.5;

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
  const screen = (candidate: Candidate, budgetShare: number) =>
    heavy.run(
      'screenEstimator',
      candidate.estimator,
      workOrder<'train'>(
        context,
        `screen/${candidate.estimator}`,
        trainingRequest(context, data, candidate, budgetShare),
      ),
    );
  // The linear reference is trained even where the job leaves it out: others are measured against it.
  const isCandidate = candidates.some(({ estimator }) => estimator === reference.estimator);
  const toScreen = isCandidate ? candidates : [...candidates, reference];
  const outcomes = await screenAll(toScreen, context.clock.timeLimit(1) !== null, screen);
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
 * Trains candidates side by side. Networks take what time they are given: under a time budget they
 * wait until the others have ended, which need little of it. The outcomes are in the candidates' order.
 */
async function screenAll(
  candidates: readonly Candidate[],
  isTimed: boolean,
  screen: (candidate: Candidate, budgetShare: number) => Promise<TrainingOutcome>,
): Promise<TrainingOutcome[]> {
  const isQuick = ({ estimator }: Candidate) => isTimed && !isNetwork(estimator);
  const quick = await Promise.all(
    candidates.filter(isQuick).map((candidate) => screen(candidate, QUICK_SHARE)),
  );
  const slow = await Promise.all(
    candidates
      .filter((candidate) => !isQuick(candidate))
      .map((candidate) => screen(candidate, SCREENING_SHARE)),
  );
  return candidates.map(
    (candidate) => (isQuick(candidate) ? quick : slow).shift() as TrainingOutcome,
  );
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
  const secondsOfFolds = best.seconds * (data.folds - 1);
  if (secondsOfFolds > context.clock.remainingSeconds(FOLDS_SHARE)) return selection;
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
