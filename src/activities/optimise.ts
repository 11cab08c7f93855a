import { z } from 'zod';
import { prescribe } from '../ml/optimise/prescribe.ts';
import type { Candidate } from '../schemas/hyperparameters.ts';
import type { Preprocessed } from '../schemas/lifecycle-steps.ts';
import type { Prescription } from '../schemas/round.ts';
import { EpochRecord, type TrainingOutcome } from '../schemas/training.ts';
import { readJson } from '../stores/json-artifact.ts';
import type { Stores } from './index.ts';

/** Step 6. */
export const createOptimiseActivities = ({ artifacts }: Pick<Stores, 'artifacts'>) => ({
  /** Reads validation results and learning curve, and says what to change; never looks at test rows. */
  async prescribeRound(request: {
    data: Preprocessed;
    outcome: TrainingOutcome;
    reference: TrainingOutcome;
    tried: Candidate[];
  }): Promise<Prescription> {
    const { data, outcome, reference, tried } = request;
    return prescribe({
      problem: data.problem,
      candidate: outcome.candidate,
      outcome,
      curve: z.array(EpochRecord).parse(await readJson(artifacts, outcome.curve)),
      referenceScore: reference.validationScore,
      tried,
    });
  },
});
