import { patched } from '@temporalio/workflow';
import { secondsOfOne } from '../../refit-seconds.ts';
import type { Job } from '../../schemas/job.ts';
import type { Preprocessed, Selection, Tuning } from '../../schemas/lifecycle-steps.ts';
import { formatScore } from '../score.ts';
import type { StudyState } from '../trials.ts';
import type { StepContext } from './step-context.ts';

/** What decisions, the last evaluation, the package and the report take of small data, and more. */
const SECONDS_AFTER_TRAININGS = 20;
/** How many trainings of the leader and of each finalist follow: rounds, and the refit of an ensemble's members. */
const TRAININGS_TO_FOLLOW = 3;

/** Step 3: a study of trials, in a workflow of its own, because it may outgrow one history. */
export async function tune(
  context: StepContext,
  { job, data, selection }: { job: Job; data: Preprocessed; selection: Selection },
): Promise<{ tuning: Tuning }> {
  const { runId, workflowId, taskQueue, clock, control, note } = context;
  let state: StudyState = {
    ...{ next: 0, completed: 0, failed: 0, total: 0, exhausted: false },
    ...{ best: selection.best, bestTrial: null },
  };
  if (job.budget.seconds !== undefined && patched('tune-longer')) {
    clock.keepForRest(secondsAfterTuning(selection));
  }
  do {
    const run = { runId, workflowId };
    state = await control.runStudy({ run, taskQueue, job, data, selection, state });
    // A larger total may have been asked for when the study had just ended.
  } while (clock.maxTrials > state.total && !state.exhausted);
  const { best, bestTrial, completed, failed } = state;
  note(
    'tune',
    `${completed + failed} trials; best ${formatScore(data.problem, best.validationScore)}` +
      (failed > 0 ? `; ${failed} failed` : ''),
  );
  return { tuning: { runId, best, bestTrial, trials: completed + failed, failed } };
}

/** What the steps after tuning take, by what the leader took on all its folds and each finalist on one. */
function secondsAfterTuning({ best, finalists, screened }: Selection): number {
  // Nobody knows how long one takes that time has ended.
  if (best.status === 'out-of-time') return Number.MAX_VALUE;
  const names = finalists.map(({ estimator }) => estimator);
  const ofOne = screened
    .filter(({ candidate }) => names.includes(candidate.estimator))
    .map(secondsOfOne);
  const trainings = [best.seconds, ...ofOne].reduce((sum, seconds) => sum + seconds, 0);
  return SECONDS_AFTER_TRAININGS + TRAININGS_TO_FOLLOW * trainings;
}
