import { z } from 'zod';

/** The local stack's state, in `stack.json`: what runs, where it listens, under which process ids. */
export const Stack = z.strictObject({
  schemaVersion: z.literal(1),
  /** The supervisor: the stack lives while it does. */
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  address: z.string(),
  namespace: z.string(),
  webUi: z.string(),
  serving: z.string(),
  /** Whether all processes came up. */
  ready: z.boolean(),
  processes: z.array(
    z.strictObject({
      name: z.string(),
      pid: z.int().positive().nullable(),
      restarts: z.int().nonnegative(),
      log: z.string(),
    }),
  ),
});
export type Stack = z.infer<typeof Stack>;
