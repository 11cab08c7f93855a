import type { Preprocessed } from '../schemas/lifecycle-steps.ts';
import { type Compute, supervise, type WorkOrder } from './supervise.ts';

/** Step 1. */
export const createPreprocessActivities = (compute: Compute) => ({
  /** Reads, cleans, splits, fits the transform on the training rows, and writes shards. */
  preprocessData: (order: WorkOrder<'prepare'>): Promise<Preprocessed> =>
    supervise(compute, 'prepare', order),
});
