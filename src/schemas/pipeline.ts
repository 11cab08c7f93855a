import { z } from 'zod';
import { SecretReference } from './sql-source.ts';
import { ValueType } from './value-type.ts';

const Identifier = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case words with hyphens');
const FieldName = z.string().regex(/^[A-Za-z_][\w-]{0,62}$/, 'a name of letters, digits, _ and -');
/** Where types are told: what may be missing has a question mark. */
const TypedName = z
  .string()
  .regex(
    /^[A-Za-z_][\w-]{0,62}\??$/,
    "a name of letters, digits, _ and -, or one with '?' behind it",
  );

/**
 * A JSON value that may hold references at any depth: `{ "$from": "steps.train.model" }`, or a list of
 * places of which the first that is there counts; `default` stands in where none is.
 */
const Expression = z
  .unknown()
  .describe('A value; {"$from": "inputs.x"} or {"$from": "steps.a.y"} refers.');

/** A question with the answer yes or no. */
export const Condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.boolean(),
    z.strictObject({
      $from: z.union([z.string(), z.array(z.string()).min(1)]),
      default: z.unknown().optional(),
    }),
    z.strictObject({ equals: z.tuple([Expression, Expression]) }),
    z.strictObject({ above: z.tuple([Expression, Expression]) }),
    z.strictObject({ below: z.tuple([Expression, Expression]) }),
    z.strictObject({ atLeast: z.tuple([Expression, Expression]) }),
    z.strictObject({ atMost: z.tuple([Expression, Expression]) }),
    z.strictObject({ not: Condition }),
    z.strictObject({ all: z.array(Condition) }),
    z.strictObject({ any: z.array(Condition) }),
  ]),
);
export type Condition =
  | boolean
  | { $from: string | string[]; default?: unknown }
  | { equals: [unknown, unknown] }
  | { above: [unknown, unknown] }
  | { below: [unknown, unknown] }
  | { atLeast: [unknown, unknown] }
  | { atMost: [unknown, unknown] }
  | { not: Condition }
  | { all: Condition[] }
  | { any: Condition[] };

export const Priority = z.enum(['interactive', 'scheduled', 'backfill']);
export type Priority = z.infer<typeof Priority>;

export const CacheMode = z.enum(['use', 'refresh', 'off']);
export type CacheMode = z.infer<typeof CacheMode>;

const Secrets = z.record(z.string(), SecretReference).default({});

/** A program that does a step, under the contract of docs/exec-steps.md. */
export const Exec = z.strictObject({
  command: z.array(z.string().min(1)).min(1).describe('Program and arguments; no shell.'),
  folder: z
    .string()
    .optional()
    .describe('Where it runs; default: the folder of the pipeline file.'),
  code: z
    .array(z.string())
    .optional()
    .describe('Files whose content counts as code; default: arguments that name files.'),
  env: z.record(z.string(), z.string()).default({}),
  secrets: Secrets.describe('Variables by reference: env:NAME of the worker, or file:/path on it.'),
  stopSeconds: z
    .number()
    .positive()
    .max(600)
    .default(10)
    .describe('From SIGTERM, on which it keeps a checkpoint and exits, to SIGKILL.'),
});
export type Exec = z.infer<typeof Exec>;

/** A request to another system, under the contract of docs/http-steps.md. */
export const Http = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
  url: z
    .string()
    .regex(/^https?:\/\/[^\s{}/?#@]+([/?#]\S*)?$/, 'an http or https URL with its host written out')
    .describe('{name} behind the host stands for an input.'),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/),
      z.string().regex(/^[\t\x20-\x7e]*$/, 'visible characters'),
    )
    .default({})
    .describe('${NAME} in a value stands for a secret.'),
  secrets: Secrets.describe('By reference: env:NAME of the worker, or file:/path on it.'),
  complete: z
    .enum(['response', 'callback'])
    .default('response')
    .describe('Whether the response has the outputs, or a callback brings them later.'),
  deadlineSeconds: z
    .number()
    .positive()
    .max(366 * 86_400)
    .default(86_400)
    .describe('How long the outputs are waited for; then the step fails.'),
});
export type Http = z.infer<typeof Http>;

/** Who may let the run go on, until when, and what happens otherwise. */
export const Approval = z.strictObject({
  approvers: z.array(z.string()).optional().describe('Names that may decide; default: anyone.'),
  deadlineSeconds: z.number().positive().optional(),
  default: z
    .enum(['approve', 'reject'])
    .default('reject')
    .describe('What holds when the deadline passes.'),
});
export type Approval = z.infer<typeof Approval>;

/** A list that is known only while the run goes on: the step is done once for each item. */
export const FanOut = z.strictObject({
  in: Expression,
  key: z.string().optional().describe('Path in an item that names it; default: its whole content.'),
  atOnce: z.int().min(1).max(1_000).default(16),
});

/** The step is done again until its outputs are good enough. */
export const Repeat = z.strictObject({
  atMost: z.int().min(1).max(10_000).describe('Bound of the loop.'),
  until: Condition.default(false).describe(
    'May refer to the outputs of the iteration: self.score.',
  ),
});

const stepShape = {
  id: Identifier,
  summary: z.string().default(''),
  uses: z
    .string()
    .min(1)
    .describe(
      'A built-in step, exec, http, pipeline, approval, or module.ts#name of a TypeScript step.',
    ),
  with: z.record(FieldName, Expression).default({}).describe('Inputs by name.'),
  after: z
    .array(z.string())
    .default([])
    .describe('Steps to wait for without taking their outputs.'),
  when: Condition.optional(),
  each: FanOut.optional(),
  repeat: Repeat.optional(),
  retry: z
    .strictObject({
      attempts: z
        .int()
        .min(1)
        .max(1_000)
        .default(1)
        .describe('Of the step itself; lost machines do not count.'),
      initialSeconds: z.number().positive().default(1),
      factor: z.number().min(1).default(2),
      mostSeconds: z.number().positive().default(100),
    })
    .prefault({}),
  timeoutSeconds: z.number().positive().optional().describe('Longest attempt.'),
  resources: z
    .strictObject({
      gpu: z.enum(['none', 'preferred', 'required']).default('none'),
      gpuModel: z.string().optional(),
      gpus: z.int().min(1).default(1).describe('For the budget: GPUs that one attempt holds.'),
      memoryGiB: z.number().positive().optional(),
    })
    .prefault({}),
  priority: Priority.optional(),
  cache: CacheMode.optional(),
  onFailure: z.enum(['fail', 'skip', 'continue']).default('fail'),
  trial: z.boolean().default(false).describe('Each time counts as a trial in the budget.'),
  input: z
    .record(TypedName, ValueType)
    .optional()
    .describe('Types of what an exec or http step takes.'),
  output: z
    .record(TypedName, ValueType)
    .optional()
    .describe('Types of what an exec or http step gives.'),
  exec: Exec.optional(),
  http: Http.optional(),
  approval: Approval.optional(),
};

/** One step of a graph. */
export interface Step extends z.infer<z.ZodObject<typeof stepShape>> {
  /** The graph that a step which uses `pipeline` stands for. */
  pipeline?: Pipeline | undefined;
}
export const Step: z.ZodType<Step> = z.lazy(() =>
  z.strictObject({ ...stepShape, pipeline: Pipeline.optional() }),
);

/** What a run may cost. What is reached first stops it, with what it has. */
export const RunBudget = z.strictObject({
  seconds: z.number().positive().optional().describe('Wall-clock time.'),
  trials: z.int().positive().optional().describe('Times that steps with trial: true are done.'),
  gpuSeconds: z.number().positive().optional(),
  money: z.number().positive().optional().describe('In the currency of the prices.'),
  prices: z
    .strictObject({ cpuHour: z.number().nonnegative(), gpuHour: z.number().nonnegative() })
    .partial()
    .default({})
    .describe('Price of an hour of a step by resource.'),
});
export type RunBudget = z.infer<typeof RunBudget>;

const pipelineShape = {
  schemaVersion: z.literal(1).default(1),
  name: Identifier,
  description: z.string().default(''),
  inputs: z
    .record(
      FieldName,
      z.strictObject({
        type: ValueType.default('any'),
        default: z.unknown().optional(),
        description: z.string().default(''),
      }),
    )
    .default({}),
  steps: z.array(Step).min(1),
  finally: z.array(Step).default([]).describe('Done at the end, however the run goes.'),
  outputs: z.record(FieldName, Expression).default({}),
  budget: RunBudget.optional(),
  priority: Priority.default('interactive'),
  team: z.string().min(1).max(64).optional().describe('Whose share of the workers it takes.'),
  cache: CacheMode.default('off'),
};

/** A graph of steps: what `pipeline.yaml` and `definePipeline` both come to. */
export interface Pipeline extends z.infer<z.ZodObject<typeof pipelineShape>> {}
export const Pipeline: z.ZodType<Pipeline> = z.lazy(() => z.strictObject(pipelineShape));

/** Where a reference points: `{ $from, default? }`. */
export interface Reference {
  readonly $from: string | readonly string[];
  readonly default?: unknown;
}
