import {
  CancellationScope,
  type ChildWorkflowHandle,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  startChild,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';
import type { BookkeepingActivities, HeavyActivities } from '../activities/index.ts';
import { isLifecycleStep } from '../pipelines/built-in-steps.ts';
import type { Task, Values } from '../pipelines/graph-state.ts';
import type { CacheMode, Priority, Step } from '../schemas/pipeline.ts';
import type { Usage } from '../schemas/pipeline-run.ts';
import { TaskQueue } from '../task-queues.ts';
import { heavyWork, localBookkeeping } from './activity-profiles.ts';
import { findTaskQueue, QueueSearch } from './find-task-queue.ts';
import { pauseSignal, type resumeSignal } from './messages.ts';
import type { PausableWork } from './pausable-work.ts';
import {
  type InnerGraph,
  type PartResult,
  type PipelinePart,
  taskOfChunk,
  taskOfPipeline,
} from './pipeline-part.ts';

const { findCachedStep, keepCachedStep } =
  proxyLocalActivities<BookkeepingActivities>(localBookkeeping);

/** Work for a CPU that has waited for so long may have nobody to do it. */
const LOOK_AFTER = '5s';
const PRIORITY_KEY: Record<Priority, number> = { interactive: 1, scheduled: 3, backfill: 5 };

/** What a task came to. */
export interface Done {
  readonly outputs: Values;
  /** Of work; undefined: all the time that it took. */
  readonly seconds?: number;
  readonly cache: string | null;
}

/** Who hears of tasks while they are done. */
interface Listener {
  /** What a step waits for. */
  note(step: string, text: string): void;
  /** What a graph inside of this one has cost. */
  spent(usage: Usage): void;
}

/** Some items of a part have failed, and the rest was done. */
class PartFailed extends Error {
  override readonly name = 'PartFailed';
}

export type ControlSignal = typeof pauseSignal | typeof resumeSignal;

/** Has tasks done by whoever does their kind of step, once each where there is a cache. */
export class TaskWork {
  readonly #part: PipelinePart;
  readonly #work: PausableWork;
  readonly #listener: Listener;
  readonly #children = new Set<ChildWorkflowHandle<Workflow>>();
  /** For GPUs, by what is asked for. */
  readonly #searches = new Map<string, QueueSearch>();
  /** What has asked for a CPU, and has not ended. */
  readonly #onCpu = new Set<Task>();
  #isCpuWatched = false;

  constructor(part: PipelinePart, work: PausableWork, listener: Listener) {
    this.#part = part;
    this.#work = work;
    this.#listener = listener;
  }

  /** Tells all graphs inside of this one, and all lifecycles. */
  tell(signal: ControlSignal): void {
    for (const child of this.#children) tell(child, signal);
  }

  /** Has a task done by whoever does this kind of step. */
  carryOut(task: Task): Promise<Done> {
    const { step, inputs, key } = task;
    if (task.chunk !== undefined) return this.#runPart(key, step, taskOfChunk(task));
    if (step.pipeline !== undefined) return this.#runPart(key, step, taskOfPipeline(step, inputs));
    if (isLifecycleStep(step.uses)) {
      return this.cached(step, inputs, () =>
        this.#runChild<Values>(key, 'lifecycleStep', { step: step.uses, inputs }),
      );
    }
    if (step.uses === 'lifecycle') {
      return this.cached(step, inputs, async () => ({
        result: await this.#runChild<Values>(key, 'lifecycle', inputs['job']),
      }));
    }
    return this.#runStep(task);
  }

  async #runStep(task: Task): Promise<Done> {
    const { step, inputs, key } = task;
    const { run, prefix, place } = this.#part;
    const { workflowId, runId } = workflowInfo();
    const search = this.#searchFor(step);
    // Each promise less is felt: the workflow's sandbox notes the stack of each.
    const taskQueue = search === null ? TaskQueue.cpu : await search.queue;
    search?.leave(step.id);
    const { runStep } = proxyActivities<HeavyActivities>({
      ...heavyWork,
      taskQueue,
      priority: this.#priority(step),
    });
    const order = {
      runId: run.runId,
      listener: { workflowId, runId },
      path: `${prefix}${key}`,
      place: `${place}/${step.id}`,
      cache: this.#cacheMode(step),
      ...{ step: withoutWires(step), inputs },
    };
    if (taskQueue === TaskQueue.cpu) this.#onCpu.add(task);
    try {
      return await this.#work.run(() => runStep.executeWithOptions({ summary: key }, [order]));
    } finally {
      this.#onCpu.delete(task);
    }
  }

  /** A graph inside of this one, with a history of its own. */
  async #runPart(key: string, step: Step, inner: InnerGraph): Promise<Done> {
    const { run, prefix, place, hash, options } = this.#part;
    const part: PipelinePart = {
      ...{ run, hash, ...inner, carried: null, prefix: `${prefix}${key}/` },
      place: inner.storesLists ? place : `${place}/${step.id}`,
      options: { ...options, cache: options.cache ?? step.cache ?? this.#part.pipeline.cache },
      ...(this.#part.eventsPerHistory && { eventsPerHistory: this.#part.eventsPerHistory }),
    };
    const { end, steps, usage } = await this.#runChild<PartResult>(key, 'pipeline', {
      continued: part,
    });
    this.#listener.spent(usage);
    const [first] = steps;
    if (inner.storesLists && first?.status === 'failed') throw new PartFailed(first.note);
    const hits = steps.map(({ cache }) => cache).filter((cache) => cache !== null);
    return { outputs: end.outputs, seconds: 0, cache: hits[0] ?? null };
  }

  /** What a step came to before, or comes to now. */
  async cached(step: Step, inputs: Values, run: () => Promise<Values>): Promise<Done> {
    const mode = this.#cacheMode(step);
    if (mode === 'off') return { outputs: await run(), cache: null };
    const request = {
      ...{ uses: step.uses, inputs, place: `${this.#part.place}/${step.id}` },
      ...(step.http && { http: step.http }),
    };
    const found = mode === 'use' ? await findCachedStep(request) : null;
    if (found?.hit === true) {
      return { outputs: found.outputs, seconds: 0, cache: `hit: done by ${found.runId}` };
    }
    const outputs = await run();
    await keepCachedStep({ ...request, runId: this.#part.run.runId, outputs });
    return { outputs, cache: `miss: ${found?.why ?? 'refreshed'}` };
  }

  async #runChild<Result>(key: string, type: string, input: unknown): Promise<Result> {
    await this.#work.mayStart();
    const child = await startChild(type, {
      args: [input],
      workflowId: `${workflowInfo().workflowId}/${key}`,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      parentClosePolicy: 'REQUEST_CANCEL',
      staticSummary: `${this.#part.prefix}${key}`,
      priority: this.#priority(),
    });
    this.#children.add(child);
    // What was said while it started.
    if (this.#work.paused) tell(child, pauseSignal);
    try {
      return (await child.result()) as Result;
    } finally {
      this.#children.delete(child);
    }
  }

  /** What has effects elsewhere is done again unless its step itself says otherwise. */
  #cacheMode({ uses, cache }: Step): CacheMode {
    if (uses === 'http' && cache === undefined) return 'off';
    return this.#part.options.cache ?? cache ?? this.#part.pipeline.cache;
  }

  #priority(step?: Step) {
    const { priority, team } = this.#part.options;
    return {
      priorityKey: PRIORITY_KEY[step?.priority ?? priority],
      ...(team !== null && { fairnessKey: team }),
    };
  }

  /**
   * For the task queue that a step's resources ask for. That for CPUs is known without asking (null);
   * which GPU it is may depend on who offers one.
   */
  #searchFor({ id, resources }: Step): QueueSearch | null {
    const { gpu, gpuModel = '' } = resources;
    if (gpu === 'none') {
      this.#watchCpuQueue(resources);
      return null;
    }
    const wanted = `${gpu} ${gpuModel}`;
    let search = this.#searches.get(wanted);
    if (search === undefined) {
      search = new QueueSearch(resources, (step, text) => this.#listener.note(step, text));
      this.#searches.set(wanted, search);
    }
    search.join(id);
    return search;
  }

  /** What waits for a CPU that nobody offers says so, instead of waiting in silence. */
  #watchCpuQueue(resources: Step['resources']): void {
    if (this.#isCpuWatched) return;
    this.#isCpuWatched = true;
    const tell = (text: string) => {
      const ids = new Set([...this.#onCpu].map(({ step }) => step.id));
      for (const id of ids) this.#listener.note(id, text);
    };
    void CancellationScope.nonCancellable(async () => {
      await sleep(LOOK_AFTER);
      await findTaskQueue(resources, tell);
      tell('');
    });
  }
}

function tell(child: Pick<ChildWorkflowHandle<Workflow>, 'signal'>, signal: ControlSignal): void {
  // A child that has just ended needs no word.
  child.signal(signal).catch(() => undefined);
}

/** A step as whoever does it needs it: its wires are resolved. */
export const withoutWires = (step: Step): Step => ({
  ...step,
  ...{ with: {}, each: undefined, repeat: undefined, when: undefined },
});
