import { activityInfo, Context } from '@temporalio/activity';
import { canonicalHash } from '../canonical-json.ts';
import { Trial } from '../schemas/study.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import { type TrainingProgress, type TrainingRequest } from '../schemas/training.ts';
import { trialDocument } from '../stores/run-documents.ts';
import { trainingProgress } from '../workflows/messages.ts';
import type { Stores } from './index.ts';

/** Trains outside this process: the event loop that heartbeats must not do arithmetic. */
export interface Trainers {
  train(
    request: TrainingRequest,
    options: {
      /** Names the checkpoint that a later attempt resumes from. */
      readonly checkpoint: string;
      readonly signal: AbortSignal;
      onProgress(progress: TrainingProgress): void;
    },
  ): Promise<TrainingOutcome>;
}

/** Steps 2, 3, 4 and 6 all train; each has an activity of its own, so that the history reads well. */
export const createTrainActivities = (
  { documents }: Pick<Stores, 'documents'>,
  trainers: Trainers,
) => {
  const train = async (request: TrainingRequest): Promise<TrainingOutcome> => {
    const context = Context.current();
    const { workflowExecution, activityId } = activityInfo();
    const reporter = new ProgressReporter(context);
    try {
      return await trainers.train(withoutWait(request), {
        checkpoint: canonicalHash([workflowExecution?.runId, activityId, request]),
        signal: context.cancellationSignal,
        onProgress: (progress) => {
          context.heartbeat(progress);
          reporter.report(progress);
        },
      });
    } finally {
      await reporter.close();
    }
  };
  return {
    /** Trains an estimator with its defaults, to see what it can do. */
    screenEstimator: train,

    /** Runs one trial of a study, and keeps its record. */
    async runTrial(trial: {
      runId: string;
      number: number;
      request: TrainingRequest;
    }): Promise<TrainingOutcome> {
      const outcome = await train(trial.request);
      const record: Trial = {
        number: trial.number,
        candidate: trial.request.candidate,
        state: 'complete',
        outcome,
        failure: null,
      };
      await documents.write(trialDocument(trial.runId, trial.number), Trial.parse(record));
      return outcome;
    },

    /** Trains the chosen candidate. */
    trainModel: train,
  };
};

/** The least that a training in want of time gets; its first slice is done all the same. */
const LEAST_SECONDS = 0.1;

/**
 * The time limit counts from when the training was asked for: with more trials under way than
 * slots, those that wait for one would else end as much later as they waited.
 */
function withoutWait(request: TrainingRequest): TrainingRequest {
  if (request.maxSeconds === null) return request;
  const waitedMs = Date.now() - activityInfo().currentAttemptScheduledTimestampMs;
  const left = request.maxSeconds - Math.max(0, waitedMs) / 1000;
  return { ...request, maxSeconds: Math.max(LEAST_SECONDS, left) };
}

/**
 * Tells the workflow, which shows it in its current details. Each message is an event in the
 * history, so the first comes after 2 s, and each later one waits half as long again, up to a minute.
 */
class ProgressReporter {
  readonly #context: Context;
  #nextAtMs = Date.now() + 2_000;
  #intervalMs = 2_000;
  #sent: Promise<unknown> | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  report(progress: TrainingProgress): void {
    if (Date.now() < this.#nextAtMs) return;
    this.#intervalMs = Math.min(60_000, this.#intervalMs * 1.5);
    this.#nextAtMs = Date.now() + this.#intervalMs;
    this.#send(progress);
  }

  /** Takes the line away, if there is one. */
  async close(): Promise<void> {
    if (this.#sent === undefined) return;
    this.#send(null);
    await this.#sent;
  }

  #send(progress: TrainingProgress | null): void {
    const { workflowExecution, activityId } = activityInfo();
    const { client } = this.#context;
    const handle = client.workflow.getHandle(
      workflowExecution?.workflowId ?? '',
      workflowExecution?.runId,
    );
    // Progress is a courtesy: a run that has closed, or a server that is away, must not fail a training.
    this.#sent = handle.signal(trainingProgress, { activityId, progress }).catch(() => undefined);
  }
}
