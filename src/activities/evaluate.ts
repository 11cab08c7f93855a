import type { EvaluationSummary } from '../schemas/lifecycle-steps.ts';
import { type Compute, supervise, type WorkOrder } from './supervise.ts';

/** Step 5. */
export const createEvaluateActivities = (compute: Compute) => ({
  /** Scores a model on one part of the data, beside the trivial model and the linear one. */
  evaluateModel: (order: WorkOrder<'evaluate'>): Promise<EvaluationSummary> =>
    supervise(compute, 'evaluate', order),
});
