import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { OUT_OF_TIME } from '../out-of-time.ts';
import { Trial } from '../schemas/study.ts';
import type { TrainingOutcome, TrainingRequest } from '../schemas/training.ts';
import { trialDocument } from '../stores/run-documents.ts';
import type { Stores } from './index.ts';
import { type Compute, supervise, type WorkOrder } from './supervise.ts';

/** Steps 2, 3, 4 and 6 all train; each has an activity of its own, so that the history reads well. */
export const createTrainActivities = (
  { documents }: Pick<Stores, 'documents'>,
  compute: Compute,
) => {
  const train = (order: WorkOrder<'train'>): Promise<TrainingOutcome> =>
    supervise(compute, 'train', order, withoutWait(order.request));
  const crossValidate = (order: WorkOrder<'crossValidate'>): Promise<TrainingOutcome> =>
    supervise(compute, 'crossValidate', order, {
      ...order.request,
      training: withoutWait(order.request.training),
    });
  const record = (runId: string, number: number, outcome: TrainingOutcome): Promise<void> => {
    const { candidate } = outcome;
    const trial: Trial = { number, candidate, state: 'complete', outcome, failure: null };
    return documents.write(trialDocument(runId, number), Trial.parse(trial));
  };
  return {
    /** Trains an estimator with its defaults, to see what it can do. */
    screenEstimator: train,

    /**
     * Runs one trial of a study, and keeps its record.
     * @throws ApplicationFailure of type OUT_OF_TIME where less than `leastSeconds` of its time are left
     */
    async runTrial(
      trial: WorkOrder<'train'> & { readonly number: number; readonly leastSeconds: number },
    ): Promise<TrainingOutcome> {
      if (isTooLate(trial.request, trial.leastSeconds)) {
        throw ApplicationFailure.nonRetryable(
          'There was no time left for this trial.',
          OUT_OF_TIME,
        );
      }
      const outcome = await train(trial);
      await record(trial.runId, trial.number, outcome);
      return outcome;
    },

    /** Trains the chosen candidate. */
    trainModel: train,

    /** Trains a candidate on the other folds too; what it came to on the first is the order's. */
    crossValidate,

    /** The same for a trial of a study, whose record it amends. */
    async crossValidateTrial(
      trial: WorkOrder<'crossValidate'> & { readonly number: number },
    ): Promise<TrainingOutcome> {
      const outcome = await crossValidate(trial);
      await record(trial.runId, trial.number, outcome);
      return outcome;
    },
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
  return { ...request, maxSeconds: Math.max(LEAST_SECONDS, request.maxSeconds - waitedSeconds()) };
}

/** What has been begun before is done to its end. */
const isTooLate = ({ maxSeconds }: TrainingRequest, leastSeconds: number): boolean =>
  maxSeconds !== null &&
  activityInfo().attempt === 1 &&
  maxSeconds - waitedSeconds() < leastSeconds;

const waitedSeconds = (): number =>
  Math.max(0, Date.now() - activityInfo().currentAttemptScheduledTimestampMs) / 1000;
