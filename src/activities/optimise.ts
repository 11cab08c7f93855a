import { z } from 'zod';
import type { OutcomeOf } from '../compute/compute-task.ts';
import { prescribe } from '../ml/optimise/prescribe.ts';
import type { Candidate } from '../schemas/hyperparameters.ts';
import type { Preprocessed } from '../schemas/lifecycle-steps.ts';
import type { Prescription } from '../schemas/round.ts';
import { EpochRecord, type TrainingOutcome } from '../schemas/training.ts';
import { readJson } from '../stores/json-artifact.ts';
import type { Stores } from './index.ts';
import { type Compute, supervise, type WorkOrder } from './supervise.ts';

/** Step 6, the part that decides. */
export const createOptimiseActivities = ({ artifacts }: Pick<Stores, 'artifacts'>) => ({
  /** Reads validation results and learning curve, and says what to change; never looks at test rows. */
  async prescribeRound(request: {
    data: Preprocessed;
    outcome: TrainingOutcome;
    reference: TrainingOutcome;
    tried: Candidate[];
    /** Hyperparameters that no round may change. */
    keep?: string[];
  }): Promise<Prescription> {
    const { data, outcome, reference, tried, keep = [] } = request;
    return prescribe({
      problem: data.problem,
      candidate: outcome.candidate,
      outcome,
      curve: z.array(EpochRecord).parse(await readJson(artifacts, outcome.curve)),
      referenceScore: reference.validationScore,
      tried,
      keep,
    });
  },
});

/** Step 6, the part that reads what models say: on a resource's task queue. */
export const createEnsembleActivities = (compute: Compute) => ({
  /** Chooses an ensemble among the models that were tried, by what they say of the validation rows. */
  buildEnsemble: (order: WorkOrder<'ensemble'>): Promise<OutcomeOf<'ensemble'>> =>
    supervise(compute, 'ensemble', order),

  /** Chooses how the model decides between classes, by the same. */
  chooseDecision: (order: WorkOrder<'decide'>): Promise<OutcomeOf<'decide'>> =>
    supervise(compute, 'decide', order),
});
