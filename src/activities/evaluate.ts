import type { ArtifactRef } from '../schemas/artifact.ts';
import type { EvaluationSummary } from '../schemas/lifecycle-steps.ts';
import { type Compute, supervise, type WorkOrder } from './supervise.ts';

/** Step 5, and what the report of step 7 tells beyond scores. */
export const createEvaluateActivities = (compute: Compute) => ({
  /** Scores a model on one part of the data, beside the trivial model and the linear one. */
  evaluateModel: (order: WorkOrder<'evaluate'>): Promise<EvaluationSummary> =>
    supervise(compute, 'evaluate', order),

  /** Looks at what the model does with the test rows, for the report. */
  explainModel: (order: WorkOrder<'explain'>): Promise<{ insights: ArtifactRef }> =>
    supervise(compute, 'explain', order),
});
