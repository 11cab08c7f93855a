import { z } from 'zod';

/** New totals for a run that is under way, each larger than the present one. */
export const ExtensionRequest = z.strictObject({
  trials: z.int().positive().optional(),
  epochs: z.int().positive().optional().describe('Of the trainings after the search.'),
});
export type ExtensionRequest = z.infer<typeof ExtensionRequest>;

/** An extension as a run's record keeps it. */
export const Extension = z.strictObject({
  at: z.iso.datetime(),
  request: ExtensionRequest,
  /** Trainings that were under way, and went on from a checkpoint towards more epochs. */
  trainings: z.array(
    z.strictObject({
      label: z.string(),
      from: z.int(),
      to: z.int(),
      /**
       * `kept`: as if it had been so many epochs from the start. `changed`: the learning rate depends
       * on the total, so that this is a lineage of its own from the checkpoint on.
       */
      schedule: z.enum(['kept', 'changed']),
    }),
  ),
});
export type Extension = z.infer<typeof Extension>;
