import type { Job } from '../../schemas/job.ts';
import type { Preprocessed } from '../../schemas/lifecycle-steps.ts';
import { type StepContext, workOrder } from './step-context.ts';

/** Step 1: raw table to prepared data. */
export async function preprocess(
  context: StepContext,
  { job }: { job: Job },
): Promise<{ data: Preprocessed }> {
  const data = await context.heavy.run(
    'preprocessData',
    `${nameOf(job.data)} → ${job.target}`,
    workOrder<'prepare'>(context, 'prepare', { job }),
  );
  context.clock.prepared();
  const { fit, validation, test } = data.rows;
  context.note(
    'preprocess',
    `${data.problem.task}; ${fit} rows to fit, ${validation} to validate, ${test} to test; ${data.width} inputs`,
  );
  return { data };
}

/** The data for a summary: a file's name. */
function nameOf(data: Job['data']): string {
  const [first] = [data].flat();
  return typeof first === 'string' ? (first.split('/').at(-1) ?? '') : 'a query';
}
