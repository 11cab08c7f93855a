import { randomUUID } from 'node:crypto';
import { canonicalHash } from '../canonical-json.ts';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { completePipeline, loadPipeline } from '../pipelines/load-pipeline.ts';
import { findNamedPipeline } from '../pipelines/named-pipelines.ts';
import { pipelineHash } from '../pipelines/parse-pipeline.ts';
import { describeType, valueFits } from '../pipelines/type-fit.ts';
import { firstProblem } from '../schemas/first-problem.ts';
import type { Job } from '../schemas/job.ts';
import { parseJob } from '../schemas/parse-job.ts';
import type { CacheMode, Http, Pipeline, Priority } from '../schemas/pipeline.ts';
import { PipelineRequest } from '../schemas/pipeline-run.ts';
import { type RunEnd, StepRecord } from '../schemas/run.ts';
import { putJson } from '../stores/json-artifact.ts';
import { stepDocument } from '../stores/run-documents.ts';
import { type Lookup, StepCache, type StepIdentity } from '../stores/step-cache.ts';
import { stepKey } from '../stores/step-key.ts';
import { softwareVersions } from '../versions.ts';
import { type CallSettings, refuseCalls } from './check-calls.ts';
import type { Stores } from './index.ts';
import { endRecord, openRecord } from './run-record.ts';

type Values = Readonly<Record<string, unknown>>;

interface CachedStepRequest {
  readonly uses: string;
  readonly inputs: Values;
  readonly place: string;
  /** The request of a step that another system does. */
  readonly http?: Http;
}

/** Activities that open a run of a graph, and keep its record. */
export const createPipelineActivities = (
  stores: Stores,
  pipelinesFolder: string,
  calls: CallSettings,
) => ({
  /** Validates graph and inputs, fills in defaults, and writes the head of the run's record. */
  async beginPipeline({
    input,
    requestedBy,
    startedAt,
  }: {
    input: unknown;
    requestedBy: string;
    startedAt: string;
  }): Promise<{
    pipeline: Pipeline;
    hash: string;
    inputs: Values;
    options: { cache: CacheMode | null; priority: Priority; team: string | null };
  }> {
    const request = parseRequest(input);
    const pipeline = await findPipeline(request.pipeline, pipelinesFolder);
    refuseCalls(pipeline, calls);
    const inputs = checkInputs(pipeline, request.inputs);
    await openRecord(stores.documents, {
      ...{ requestedBy, startedAt, inputs, plan: pipeline },
      ...{ job: null, rerunOf: null },
    });
    return {
      pipeline,
      hash: pipelineHash(pipeline),
      inputs,
      options: {
        cache: request.cache ?? null,
        priority: request.priority ?? pipeline.priority,
        team: request.team ?? pipeline.team ?? null,
      },
    };
  },

  /** Keeps what each step was given and gave, and that the run has ended. */
  async closePipeline({
    runId,
    status,
    at,
    steps,
  }: {
    runId: string;
    status: RunEnd['status'];
    at: string;
    steps: readonly {
      readonly id: string;
      readonly uses: string;
      readonly status: StepRecord['status'];
      readonly cache: string | null;
      readonly startedAtMs: number | null;
      readonly finishedAtMs: number | null;
      readonly inputs: Values;
      readonly outputs: Values;
      readonly failure: string | null;
    }[];
  }): Promise<void> {
    for (const { startedAtMs, finishedAtMs, ...step } of steps) {
      const record = {
        ...step,
        schemaVersion: 1,
        key: stepKey(step),
        startedAt: timeOf(startedAtMs) ?? at,
        finishedAt: timeOf(finishedAtMs),
        reusedFrom: null,
      };
      await stores.documents.write(stepDocument(runId, step.id), StepRecord.parse(record));
    }
    await endRecord(stores.documents, runId, { status, at });
  },

  /** What a built-in step came to with the same inputs, by the same code, from the same data. */
  async findCachedStep(request: CachedStepRequest): Promise<Lookup> {
    return new StepCache(stores).find(await identityOf(request), request.place);
  },

  async keepCachedStep({
    runId,
    outputs,
    ...request
  }: CachedStepRequest & { runId: string; outputs: Values }): Promise<void> {
    await new StepCache(stores).keep(await identityOf(request), request.place, { runId, outputs });
  },

  /** Puts lists into the store, where they would be too long for a message together. */
  async storeLists({ outputs }: { outputs: Values }): Promise<Values> {
    const stored = await Promise.all(
      Object.entries(outputs).map(async ([name, value]) => {
        if (!Array.isArray(value)) return [name, value] as const;
        const artifact = await putJson(stores.artifacts, value);
        return [name, { $stored: [{ artifact, count: value.length }] }] as const;
      }),
    );
    return Object.fromEntries(stored);
  },
});

function parseRequest(input: unknown) {
  if (typeof input !== 'object' || input === null || !('pipeline' in input)) {
    throw new InputError({
      code: 'InvalidPipelineRequest',
      field: 'pipeline',
      value: input,
      expected:
        'an object such as {"pipeline": "churn", "inputs": {"data": "/data/customers.csv"}}',
      remedy: 'Give a graph, or the name of one that lies with the workers.',
    });
  }
  const parsed = PipelineRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  const problem = firstProblem(parsed.error, PipelineRequest, input);
  const code = problem.code === 'InvalidJob' ? 'InvalidPipelineRequest' : problem.code;
  throw new InputError({ ...problem, code, remedy: problem.remedy.replace(' to the job', '') });
}

async function findPipeline(given: unknown, folder: string): Promise<Pipeline> {
  if (typeof given === 'string') return loadPipeline(await findNamedPipeline(folder, given));
  return completePipeline(given, process.cwd());
}

/** Inputs with their defaults; each is there and of its type. */
function checkInputs({ inputs: declared }: Pipeline, given: Values): Values {
  const names = Object.keys(declared);
  const stray = Object.keys(given).find((name) => !names.includes(name));
  if (stray !== undefined) {
    const nearest = nearestName(stray, names);
    throw new InputError({
      code: 'UnknownInput',
      field: `inputs.${stray}`,
      value: given[stray],
      expected: names.length === 0 ? 'no inputs' : `one of the inputs ${names.join(', ')}`,
      remedy: nearest === undefined ? `Remove '${stray}'.` : `Did you mean '${nearest}'?`,
    });
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]) => {
      const value = Object.hasOwn(given, name) ? given[name] : input.default;
      if (value === undefined && !('default' in input)) {
        throw new InputError({
          code: 'MissingInput',
          field: `inputs.${name}`,
          value: undefined,
          expected: describeType(input.type),
          remedy: `Give it: {"inputs": {"${name}": …}}.`,
        });
      }
      if (valueFits(value, input.type)) return [name, value];
      throw new InputError({
        code: 'WrongType',
        field: `inputs.${name}`,
        value,
        expected: describeType(input.type),
        remedy: 'Give a value of this type.',
      });
    }),
  );
}

/** A job names its data by a path: what lies there counts. */
async function identityOf({ uses, inputs, http }: CachedStepRequest): Promise<StepIdentity> {
  if (http !== undefined) return { uses, code: canonicalHash(http), inputs };
  const { sevenfold } = await softwareVersions();
  const readsData = uses === 'preprocess' || uses === 'lifecycle';
  const stamp = readsData ? { source: await stampData(parseJob(inputs['job'])) } : {};
  return { uses, code: `sevenfold ${sevenfold ?? ''}`, inputs: { ...inputs, ...stamp } };
}

/** What reads tables is loaded when it is needed: the worker of workflows seldom does. */
async function stampData(job: Job) {
  // What a data base holds is known when it is asked: nothing of before is taken for it.
  if (typeof job.data === 'object' && !Array.isArray(job.data)) return { query: randomUUID() };
  const [{ openSource }, { stampSource }] = await Promise.all([
    import('../ml/data/source-rows.ts'),
    import('../ml/data/source-stamp.ts'),
  ]);
  return stampSource(await openSource(job));
}

const timeOf = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();
