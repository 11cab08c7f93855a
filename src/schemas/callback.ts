import { z } from 'zod';

/** Which request of which run a callback answers. */
export const CallbackPlace = z.strictObject({
  /** Of the history that waits: a graph inside of another one has its own. */
  workflowId: z.string(),
  /** Of the first history in its chain. */
  runId: z.string(),
  /** Unique in that workflow: `label`, `label[north]`, `label#3`. */
  step: z.string(),
});
export type CallbackPlace = z.infer<typeof CallbackPlace>;

/** What a callback brings, as the run is told it. */
export const Delivery = CallbackPlace.omit({ workflowId: true }).extend({
  outputs: z.record(z.string(), z.unknown()),
});
export type Delivery = z.infer<typeof Delivery>;
