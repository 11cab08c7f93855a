import { Job, type JobInput } from '../../src/schemas/job.ts';

/** A job that predicts `y`, with all defaults but the given. */
export const jobOf = (more: Partial<JobInput> = {}): Job =>
  Job.parse({ data: 'table.csv', target: 'y', ...more });
