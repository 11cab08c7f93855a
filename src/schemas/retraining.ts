import { z } from 'zod';
import { InputError } from '../errors.ts';
import { firstProblem } from './first-problem.ts';
import type { Job } from './job.ts';
import { parseJob } from './parse-job.ts';
import { DATABASES } from './sql-source.ts';

/** `30m`, `24h`, `7d` or `2w`. */
export const LengthOfTime = z.string().regex(/^[1-9]\d{0,4}[mhdw]$/);

/** A name of the IANA's data base: `Europe/Rome`. */
export const TimeZone = z.string().refine(isTimeZone, 'a time zone such as Europe/Rome');

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

/** Where the latest data is: a path, or a query. A text is short for `{ "path": … }`. */
export const LatestData = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A file, or a pattern with *, ** and ?; {start:yyyy-MM-dd} and {end:…} are of the interval.',
      ),
    newest: z
      .enum(['modified', 'name'])
      .default('modified')
      .describe('Which of the files that match: modified last, or last by name.'),
    sql: z
      .string()
      .min(1)
      .optional()
      .describe(
        "One select, with an order, of DuckDB's SQL or of the named data base's; $start and $end are of the interval, in UTC.",
      ),
    ...DATABASES,
  })
  .refine(({ path, sql }) => (path === undefined) !== (sql === undefined), {
    error: 'either a path or sql',
  })
  .refine(
    ({ sql, postgres, sqlite }) =>
      (sql !== undefined || (postgres ?? sqlite) === undefined) &&
      (postgres === undefined || sqlite === undefined),
    { error: 'sql with one data base at most' },
  );
export type LatestData = z.infer<typeof LatestData>;

/** How far new data may be from what the champion was trained on. */
export const DriftPolicy = z.strictObject({
  limit: z
    .number()
    .positive()
    .default(0.25)
    .describe('Population stability index of a column over which it counts as drifted.'),
  onDrift: z
    .enum(['refuse', 'warn'])
    .default('refuse')
    .describe('Whether drifted data ends the run before training, or is trained on and reported.'),
  unreadable: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe(
      "Share of a column's cells that its type in the champion may fail to read; more end the run.",
    ),
  strange: z
    .number()
    .gt(0)
    .max(1)
    .default(0.2)
    .describe(
      "Share of a column's cells outside the champion's range or categories, or newly missing, from which on the data counts as drifted; a fifth is no slip of a few.",
    ),
  fewestRows: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("Least number of rows, as a share of the champion's."),
});
export type DriftPolicy = z.infer<typeof DriftPolicy>;

/** When a challenger takes the champion's place. */
export const PromotionPolicy = z.strictObject({
  margin: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Gain in the metric's own units that the whole interval has to lie above."),
  confidence: z.number().gt(0.5).lt(1).default(0.95),
});
export type PromotionPolicy = z.infer<typeof PromotionPolicy>;

/** What the workflow `retrain` takes: a model's name, where its latest data is, and how to train it. */
export const Retraining = z.strictObject({
  schemaVersion: z.literal(1).default(1),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .describe('Name of the model.'),
  data: LatestData,
  job: z
    .looseObject({ target: z.string().min(1) })
    .describe('All else of a job: target, metric, split, budget …'),
  interval: LengthOfTime.default('1d').describe('Ends with the scheduled time, and is so long.'),
  timeZone: TimeZone.default('UTC').describe('Of the dates in a path.'),
  promotion: PromotionPolicy.prefault({}),
  drift: DriftPolicy.prefault({}),
});
/** A retraining, its job whole but for the data. */
export type Retraining = Omit<z.infer<typeof Retraining>, 'job'> & { readonly job: Job };
export type RetrainingInput = Omit<z.input<typeof Retraining>, 'data'> & {
  readonly data: string | z.input<typeof LatestData>;
};

/** Stands for data that is not resolved yet. */
const UNRESOLVED = 'latest';

/** A valid retraining with all its defaults; an InputError names the first field that is not right. */
export function parseRetraining(input: unknown): Retraining {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InputError({
      code: 'InvalidRetraining',
      field: 'retraining',
      value: input,
      expected:
        'an object such as {"name": "churn", "data": "/data/customers-*.csv", "job": {"target": "churned"}}',
      remedy: 'Give at least name, data and job.',
    });
  }
  const parsed = Retraining.safeParse(withPathSpelledOut(input));
  if (!parsed.success) {
    const problem = firstProblem(parsed.error, Retraining, input);
    const code = problem.code === 'InvalidJob' ? 'InvalidRetraining' : problem.code;
    throw new InputError({ ...problem, code });
  }
  return { ...parsed.data, job: parseTemplate(parsed.data) };
}

const withPathSpelledOut = (input: object): object =>
  'data' in input && typeof input.data === 'string'
    ? { ...input, data: { path: input.data } }
    : input;

/** The job without its data: name and alias are the retraining's own. */
function parseTemplate({ job, name }: z.infer<typeof Retraining>): Job {
  const owned = ['data', 'name', 'deployment'].find((key) => key in job);
  if (owned !== undefined) {
    throw new InputError({
      code: 'InvalidRetraining',
      field: `job.${owned}`,
      value: job[owned],
      expected: 'a job without data, name and deployment: the retraining sets these',
      remedy: `Remove 'job.${owned}'.`,
    });
  }
  try {
    return parseJob({ ...job, data: UNRESOLVED, name, deployment: { alias: 'challenger' } });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError({ ...error.problem, field: `job.${error.problem.field}` });
  }
}
