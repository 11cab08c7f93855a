import { z } from 'zod';

/** Where a step's input comes from: the run's own input, or another step's output. */
export const StepInput = z.union([
  z.strictObject({ from: z.literal('run'), name: z.string() }),
  z.strictObject({ from: z.literal('step'), step: z.string(), output: z.string() }),
]);
export type StepInput = z.infer<typeof StepInput>;

export const PlanStep = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Kind of the step: one that the interpreter has an implementation for. */
  uses: z.string(),
  summary: z.string(),
  inputs: z.record(z.string(), StepInput),
  outputs: z.array(z.string()),
  /** Steps to wait for although none of their outputs is used. */
  after: z.array(z.string()).default([]),
});
export type PlanStep = z.infer<typeof PlanStep>;

/** A graph of steps. The seven steps of the lifecycle are the default one. */
export const Plan = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  steps: z.array(PlanStep).min(1),
  /** What the run returns, by name. */
  outputs: z.record(z.string(), StepInput),
});
export type Plan = z.infer<typeof Plan>;
