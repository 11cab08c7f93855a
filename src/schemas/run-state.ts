import { z } from 'zod';
import { StepStatus } from './run.ts';
import { TrainingProgress } from './training.ts';

/** What a run's query `runState` answers: machine-readable progress. */
export const RunState = z.strictObject({
  runId: z.string(),
  status: z.enum(['running', 'paused', 'completed', 'failed', 'cancelled']),
  steps: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      status: StepStatus,
      /** One line for people: what it is doing, or what came of it. */
      note: z.string(),
      startedAtMs: z.number().nullable(),
      finishedAtMs: z.number().nullable(),
    }),
  ),
  /** Trainings under way, by what they are called in the run. */
  training: z.record(z.string(), TrainingProgress),
});
export type RunState = z.infer<typeof RunState>;
