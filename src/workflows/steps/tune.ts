import type { Job } from '../../schemas/job.ts';
import type { Preprocessed, Selection, Tuning } from '../../schemas/lifecycle-steps.ts';
import { formatScore } from '../score.ts';
import type { StudyState } from '../trials.ts';
import type { StepContext } from './step-context.ts';

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
