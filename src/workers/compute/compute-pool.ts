import { isDeepStrictEqual } from 'node:util';
import type { OutcomeOf, RequestOf, TaskKind } from '../../compute/compute-task.ts';
import { type Threads, threadSettings } from '../../ml/threads.ts';
import { type ComputeOptions, ComputeProcess } from './compute-process.ts';
import { type Gpu, gpuEnvironment } from './gpus.ts';
import { MemoryGate } from './memory-gate.ts';

/** What a task is taken to need where the job does not say. */
const USUAL_BYTES = 2 ** 29;

export interface PoolOptions extends ComputeOptions {
  /** What the task may need; undefined where nobody knows. */
  readonly memoryBytes: number | undefined;
  /** After a lack of memory: nothing else beside it. */
  readonly alone: boolean;
  /** Of TensorFlow, which takes them when a process begins; the worker's own where it is left out. */
  readonly threads?: Threads;
}

/** Compute processes, reused across the tasks of a worker; one for each that runs at once. */
export class ComputePool {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #gate: MemoryGate;
  readonly #hungAfterMs: number | undefined;
  /** GPUs that no process has; undefined on workers without. */
  readonly #gpus: Gpu[] | undefined;
  readonly #idle: Slot[] = [];
  readonly #busy = new Set<Slot>();

  constructor(options: {
    readonly environment: NodeJS.ProcessEnv;
    readonly memoryBytes: number;
    /** Numbers of the GPUs to hand out, one to each process. */
    readonly gpus?: readonly Gpu[];
    /** Milliseconds without a sign of life after which a process is taken to hang. */
    readonly hungAfterMs?: number;
  }) {
    this.#hungAfterMs = options.hungAfterMs;
    this.#environment = options.environment;
    this.#gate = new MemoryGate(options.memoryBytes);
    this.#gpus = options.gpus && [...options.gpus];
  }

  run<Kind extends TaskKind>(
    task: Kind,
    request: RequestOf<Kind>,
    options: PoolOptions,
  ): Promise<OutcomeOf<Kind>> {
    const bytes = options.alone ? Number.POSITIVE_INFINITY : (options.memoryBytes ?? USUAL_BYTES);
    return this.#gate.admit(bytes, options.signal, async () => {
      const slot = await this.#take(options.threads);
      this.#busy.add(slot);
      try {
        const outcome = await slot.process.run(task, request, options);
        await this.#give(slot);
        return outcome;
      } catch (error) {
        // After a failure nothing is known of its state.
        await this.#end(slot);
        throw error;
      } finally {
        this.#busy.delete(slot);
      }
    });
  }

  /**
   * Lets other work than the pool's own have its share of the memory, and a GPU of its own where
   * there are some: `work` is given the environment that says so.
   */
  admit<T>(
    { memoryBytes, signal }: Pick<PoolOptions, 'memoryBytes' | 'signal'>,
    work: (environment: NodeJS.ProcessEnv) => Promise<T>,
  ): Promise<T> {
    return this.#gate.admit(memoryBytes ?? USUAL_BYTES, signal, async () => {
      // A process that waits for work holds its GPU; it gives way.
      const idle = this.#gpus?.length === 0 ? this.#idle.pop() : undefined;
      if (idle !== undefined) await this.#end(idle);
      const { gpu, environment } = this.#takeGpu();
      try {
        return await work(environment);
      } finally {
        if (gpu !== undefined) this.#gpus?.push(gpu);
      }
    });
  }

  /** Stops every process; those at work keep a checkpoint first. */
  async close(): Promise<void> {
    await Promise.all([...this.#idle, ...this.#busy].map(({ process }) => process.stop()));
    this.#idle.length = 0;
  }

  async #take(threads: Threads | undefined): Promise<Slot> {
    const settings = threads === undefined ? {} : threadSettings(threads);
    for (let slot = this.#pop(settings); slot !== undefined; slot = this.#pop(settings)) {
      if (slot.process.isAlive) return slot;
      await this.#end(slot);
    }
    const { gpu, environment } = this.#takeGpu();
    const process = new ComputeProcess({ ...environment, ...settings }, this.#hungAfterMs);
    return { gpu, settings, process };
  }

  /** An idle process with these settings. */
  #pop(settings: NodeJS.ProcessEnv): Slot | undefined {
    const place = this.#idle.findLastIndex((slot) => isDeepStrictEqual(slot.settings, settings));
    return place === -1 ? undefined : this.#idle.splice(place, 1)[0];
  }

  #takeGpu(): { readonly gpu: Gpu | undefined; readonly environment: NodeJS.ProcessEnv } {
    const gpu = this.#gpus?.shift();
    const visible = this.#gpus === undefined ? {} : gpuEnvironment(gpu);
    return { gpu, environment: { ...this.#environment, ...visible } };
  }

  async #give(slot: Slot): Promise<void> {
    if (slot.process.isAlive && !(await slot.process.hasGrown())) this.#idle.push(slot);
    else await this.#end(slot);
  }

  async #end({ gpu, process }: Slot): Promise<void> {
    await process.stop();
    if (gpu !== undefined) this.#gpus?.push(gpu);
  }
}

interface Slot {
  readonly process: ComputeProcess;
  readonly gpu: Gpu | undefined;
  /** What it was begun with beside the worker's own environment. */
  readonly settings: NodeJS.ProcessEnv;
}
