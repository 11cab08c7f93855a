import {
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { Job } from '../schemas/job.ts';
import type { Preprocessed, Selection } from '../schemas/lifecycle-steps.ts';
import { bookkeeping as bookkeepingProfile } from './activity-profiles.ts';
import { BudgetClock, type BudgetState } from './budget-clock.ts';
import { HeavyWork } from './heavy-work.ts';
import { steer } from './messages.ts';
import { PausableWork } from './pausable-work.ts';
import { StudyNotes } from './study-notes.ts';
import { type StudyState, Trials } from './trials.ts';

const bookkeeping = proxyActivities<BookkeepingActivities>(bookkeepingProfile);

/** A history holds 51,200 events; a trial takes about ten, and progress and retries come on top. */
const TRIALS_PER_HISTORY = 200;

/** What a study works on, and where it stands. */
export interface StudyInput {
  /** The lifecycle that it is a part of. */
  readonly run: { readonly runId: string; readonly workflowId: string };
  readonly taskQueue: string;
  readonly job: Job;
  readonly data: Preprocessed;
  readonly selection: Selection;
  readonly budget: BudgetState;
  readonly paused: boolean;
  readonly state: StudyState;
  /** Trials after which it goes on under a new history. */
  readonly trialsPerHistory?: number;
}

/**
 * The trials of a search, side by side on the task queue. After a number of them it continues as new
 * and carries over what it knows: no history is long enough for a long study.
 */
export async function study(input: StudyInput): Promise<StudyState> {
  const { run, job, taskQueue, trialsPerHistory = TRIALS_PER_HISTORY } = input;
  const work = new PausableWork();
  const clock = new BudgetClock(input.budget);
  const obey = (order: { paused: boolean; budget: BudgetState }) => {
    clock.set(order.budget);
    if (order.paused && !work.paused) work.pause();
    if (!order.paused) work.resume();
  };
  obey(input);
  // What was said before this history began is heard at once, and holds over what was carried over.
  setHandler(steer, obey);
  const notes = new StudyNotes(run);
  setCurrentDetails(`The trials of ${run.workflowId}, which shows how they go.`);
  const context = { ...run, job, clock, bookkeeping, heavy: new HeavyWork(taskQueue, work) };
  const trials = new Trials(context, input, (text, total) => notes.tell(text, total));
  try {
    await trials.run(input.state.next + trialsPerHistory);
  } catch (error) {
    await work.close();
    throw error;
  }
  if (!trials.hasMore()) return trials.state;
  const { state: budget } = clock;
  return continueAsNew<typeof study>({
    ...input,
    budget,
    paused: work.paused,
    state: trials.state,
  });
}
