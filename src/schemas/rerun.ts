import { z } from 'zod';
import { InputError } from '../errors.ts';
import { firstProblem } from './first-problem.ts';
import { Job } from './job.ts';

/** A closed run, done again from one of its steps on. */
export const Rerun = z.strictObject({
  runId: z.string().min(1).describe('Run id or workflow id of the run to repeat.'),
  from: z.string().min(1).describe('The first step that is done anew.'),
  set: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('What is changed in the job, by path: {"optimise.rounds": 3}.'),
});
export type Rerun = z.infer<typeof Rerun>;

/** What the workflow `lifecycle` takes: a job, or a rerun. */
export const LifecycleInput = z.union([z.strictObject({ rerun: Rerun }), Job]);
export type LifecycleInput = z.input<typeof LifecycleInput>;

/** The rerun that is asked for; null where the input is meant as a job. */
export function parseRerun(input: unknown): Rerun | null {
  if (typeof input !== 'object' || input === null || !('rerun' in input)) return null;
  const schema = LifecycleInput.options[0];
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data.rerun;
  const problem = firstProblem(parsed.error, schema, input);
  const code = problem.code === 'InvalidJob' ? 'InvalidRerun' : problem.code;
  throw new InputError({ ...problem, code });
}
