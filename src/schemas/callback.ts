import { z } from 'zod';

/** Which request of which run a callback answers. */
export const CallbackPlace = z.strictObject({
  /** Of the history that waits: a graph inside of another one has its own. */
  workflowId: z.string(),
  /** Of the first history in its chain. */
  runId: z.string(),
  /** Unique in that workflow: `label`, `label[north]`, `label#3`. */
  step: z.string(),
  /** Counted from 1: a step that is asked for anew has another token. */
  attempt: z.int().min(1),
});
export type CallbackPlace = z.infer<typeof CallbackPlace>;

/** Why another system gives up what it was asked for. */
export const CallFailure = z.strictObject({
  message: z.string().min(1).max(2_000).describe('Why, for people.'),
  retryable: z
    .boolean()
    .optional()
    .describe(
      "Whether another attempt may do: the step's own `retry` says how many it has. Default: false.",
    ),
});
export type CallFailure = z.infer<typeof CallFailure>;

/** What a callback brings: the outputs by name, or why there are none. */
export type CallAnswer =
  | { readonly outputs: Readonly<Record<string, unknown>> }
  | { readonly failure: CallFailure };

/** An answer, as the run is told it; without an attempt it is for the first one. */
export type Delivery = Omit<CallbackPlace, 'workflowId' | 'attempt'> &
  Partial<Pick<CallbackPlace, 'attempt'>> &
  CallAnswer;
