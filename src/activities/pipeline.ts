import { randomUUID } from 'node:crypto';
import { canonicalHash } from '../canonical-json.ts';
import { pipelineHash } from '../pipelines/parse-pipeline.ts';
import { readPipelineRequest } from '../pipelines/read-request.ts';
import type { Job } from '../schemas/job.ts';
import { parseJob } from '../schemas/parse-job.ts';
import type { Http, Pipeline } from '../schemas/pipeline.ts';
import type { AskedPipeline } from '../schemas/pipeline-run.ts';
import { type RunEnd, StepRecord } from '../schemas/run.ts';
import { inBatches } from '../stores/in-batches.ts';
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
    options: AskedPipeline['options'];
  }> {
    const { pipeline, inputs, cache, priority, team } = await readPipelineRequest(
      ...([input, pipelinesFolder, process.cwd()] as const),
    );
    refuseCalls(pipeline, calls);
    await openRecord(stores.documents, {
      ...{ requestedBy, startedAt, inputs, plan: pipeline },
      ...{ job: null, rerunOf: null },
    });
    return {
      pipeline,
      hash: pipelineHash(pipeline),
      inputs,
      options: {
        cache: cache ?? null,
        priority: priority ?? pipeline.priority,
        team: team ?? pipeline.team ?? null,
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
    await inBatches(steps, async ({ startedAtMs, finishedAtMs, ...step }) => {
      const record = {
        ...step,
        schemaVersion: 1,
        key: stepKey(step),
        startedAt: timeOf(startedAtMs) ?? at,
        finishedAt: timeOf(finishedAtMs),
        reusedFrom: null,
      };
      await stores.documents.write(stepDocument(runId, step.id), StepRecord.parse(record));
    });
    // Last: a run whose record says that it has ended has all of it.
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
