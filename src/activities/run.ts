import { Context } from '@temporalio/activity';
import { canonicalHash } from '../canonical-json.ts';
import { InputError } from '../errors.ts';
import { Extension } from '../schemas/extension.ts';
import type { Job } from '../schemas/job.ts';
import { modelName } from '../schemas/model-name.ts';
import { parseJob } from '../schemas/parse-job.ts';
import type { Pipeline } from '../schemas/pipeline.ts';
import { parseRerun } from '../schemas/rerun.ts';
import { type RerunOf, type RunEnd, RunManifest, StepRecord } from '../schemas/run.ts';
import type { DocumentStore } from '../stores/document-store.ts';
import { runDocument, signOfLifeDocument, stepDocument } from '../stores/run-documents.ts';
import { stepKey } from '../stores/step-key.ts';
import { gpuTaskQueue, TaskQueue } from '../task-queues.ts';
import { searchAttributeKeys } from '../workflows/search-attributes.ts';
import type { Stores } from './index.ts';
import { openRerun } from './open-rerun.ts';
import { resolveStart } from './resolve-start.ts';
import { endRecord, openRecord } from './run-record.ts';

/** Activities that open a run, place its work and keep its record. */
export const createRunActivities = ({
  documents,
  ...stores
}: Pick<Stores, 'documents' | 'artifacts' | 'registry'>) => ({
  /** Validates what was asked for, fills in defaults, and writes the head of the run's record. */
  async beginRun(request: {
    input: unknown;
    plan: Pipeline;
    requestedBy: string;
    startedAt: string;
  }): Promise<{ job: Job; model: string; rerunOf: RerunOf | null }> {
    const { job: parsed, rerunOf } = await readInput(documents, request);
    const model = modelName(parsed);
    const job: Job = await resolveStart({ ...parsed, name: model }, stores);
    const { requestedBy, startedAt, plan } = request;
    await openRecord(documents, { requestedBy, startedAt, job, inputs: {}, plan, rerunOf });
    return { job, model, rerunOf };
  },

  /** Keeps what a step was given and gave, under its key. */
  async recordStep({
    runId,
    step,
  }: {
    runId: string;
    step: Omit<StepRecord, 'schemaVersion' | 'key' | 'cache'>;
  }): Promise<void> {
    const record: StepRecord = {
      schemaVersion: 1,
      key: stepKey(step),
      cache: null,
      ...step,
    };
    await documents.write(stepDocument(runId, step.id), StepRecord.parse(record));
  },

  /** Says in the record that the run goes on, however long it waits. */
  async renewRun({ runId }: { runId: string }): Promise<void> {
    await documents.write(signOfLifeDocument(runId), {
      schemaVersion: 1,
      at: new Date().toISOString(),
    });
  },

  /** Notes in the record that the run has ended: from then on, what it alone needed may be collected. */
  async closeRun({ runId, end }: { runId: string; end: RunEnd }): Promise<void> {
    await endRecord(documents, runId, end);
  },

  /** Adds an extension to the head of the run's record; once, however often it is tried. */
  async recordExtension({
    runId,
    extension,
  }: {
    runId: string;
    extension: Extension;
  }): Promise<void> {
    const manifest = RunManifest.parse(await documents.read(runDocument(runId)));
    const hash = canonicalHash(extension);
    if (manifest.extensions.some((each) => canonicalHash(each) === hash)) return;
    const extensions = [...manifest.extensions, Extension.parse(extension)];
    await documents.write(runDocument(runId), { ...manifest, extensions });
  },

  /** Whether the server knows Sevenfold's search attributes; registers them where that is allowed. */
  async describeServer(): Promise<{ searchAttributes: boolean }> {
    return { searchAttributes: await ensureSearchAttributes() };
  },

  /**
   * The task queue that the job's resources ask for, and how many workers poll it. A preferred GPU
   * that nobody offers gives way to the CPU; a required one is waited for until the caller gives up.
   */
  async placeHeavyWork({
    resources,
    giveUp,
  }: {
    resources: Pick<Job['resources'], 'gpu' | 'gpuModel'>;
    giveUp: boolean;
  }): Promise<{ taskQueue: string; pollers: number; remedy: string }> {
    const { gpu, gpuModel } = resources;
    const cpu = await describeQueue(TaskQueue.cpu);
    if (gpu === 'none') return cpu;
    const wanted = await describeQueue(gpuTaskQueue(gpuModel));
    if (wanted.pollers > 0) return wanted;
    if (gpu === 'preferred') return cpu;
    if (!giveUp) return wanted;
    throw new InputError({
      code: 'NoGpuWorker',
      field: 'resources.gpu',
      value: gpu,
      expected: `a worker that polls the task queue ${wanted.taskQueue}`,
      remedy: `${wanted.remedy} Or set resources.gpu to 'preferred'.`,
    });
  },
});

/** A job is what it says; a rerun takes the job of the run that it repeats. */
async function readInput(
  documents: DocumentStore,
  { input, plan }: { input: unknown; plan: Pipeline },
): Promise<{ job: Job; rerunOf: RerunOf | null }> {
  const rerun = parseRerun(input);
  if (rerun === null) return { job: parseJob(input), rerunOf: null };
  return openRerun(documents, plan, rerun);
}

async function describeQueue(taskQueue: string) {
  const { connection, options } = Context.current().client;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: 2, // TASK_QUEUE_TYPE_ACTIVITY
  });
  return {
    taskQueue,
    pollers: pollers?.length ?? 0,
    remedy: `Start one with 'sevenfold worker --queue ${taskQueue}'.`,
  };
}

async function ensureSearchAttributes(): Promise<boolean> {
  const { connection, options } = Context.current().client;
  const wanted = Object.values(searchAttributeKeys);
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: options.namespace,
    });
    if (wanted.every(({ name }) => customAttributes?.[name] !== undefined)) return true;
    await connection.operatorService.addSearchAttributes({
      namespace: options.namespace,
      // IndexedValueType: 2 is a keyword, 4 a double.
      searchAttributes: Object.fromEntries(
        wanted.map(({ name, type }) => [name, type === 'DOUBLE' ? 4 : 2]),
      ),
    });
  } catch {
    // Not every server lets its users do this; the run goes without.
    return false;
  }
  // Registered just now: workers and history may not know them yet, so the next run uses them.
  return false;
}
