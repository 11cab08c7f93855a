import type { Job } from '../../schemas/job.ts';
import type { LeftOutEstimator, Preprocessed, Selection } from '../../schemas/lifecycle-steps.ts';
import { formatScore } from '../score.ts';
import { type StepContext, trainingRequest, workOrder } from './step-context.ts';

/** Screening may use this share of a time budget. */
const SCREENING_SHARE = 0.25;

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
  const selection = await bookkeeping.rankEstimators({
    problem: data.problem,
    rows: data.rows,
    outcomes: outcomes.slice(0, candidates.length),
    leftOut,
    reference: outcomes.find(
      ({ candidate }) => candidate.estimator === reference.estimator,
    ) as (typeof outcomes)[number],
  });
  const [first] = selection.ranking;
  note(
    'select',
    `${first?.estimator ?? '?'} leads with ${formatScore(data.problem, selection.best.validationScore)} of ${candidates.length}${tellLeftOut(leftOut)}`,
  );
  return { selection };
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
