import { Trial } from '../schemas/study.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import { trialDocument } from '../stores/run-documents.ts';
import type { Stores } from './index.ts';
import { type Compute, supervise, type WorkOrder } from './supervise.ts';

/** Steps 2, 3, 4 and 6 all train; each has an activity of its own, so that the history reads well. */
export const createTrainActivities = (
  { documents }: Pick<Stores, 'documents'>,
  compute: Compute,
) => {
  const train = (order: WorkOrder<'train'>): Promise<TrainingOutcome> =>
    supervise(compute, 'train', order);
  return {
    /** Trains an estimator with its defaults, to see what it can do. */
    screenEstimator: train,

    /** Runs one trial of a study, and keeps its record. */
    async runTrial(
      trial: WorkOrder<'train'> & { readonly number: number },
    ): Promise<TrainingOutcome> {
      const outcome = await train(trial);
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
