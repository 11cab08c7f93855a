import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  MemorySample,
  OutcomeOf,
  RequestOf,
  TaskKind,
  TaskProgress,
} from '../../compute/compute-task.ts';
import { InputError } from '../../errors.ts';
import { diedOf, TaskFailed, TaskHung, TaskStopped } from './compute-errors.ts';
import { outOfMemoryKills, sampleMemory } from './memory.ts';
import type { ComputeCommand, ComputeReply } from './messages.ts';

/** A process may take so long to keep its checkpoint and go; with the second until it is told, 5 s. */
const STOP_DEADLINE_MS = 2_500;
/** What has nothing to keep at that moment may go at once: its shards were kept as they were done. */
const NOTHING_TO_KEEP_MS = 250;
const KEEPS_STATE: readonly (TaskKind | undefined)[] = ['prepare', 'train', 'step'];
/** A process that gives no sign of life for so long hangs: a slice of work takes a second. */
const HUNG_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
/** How often it is looked at whether a process has grown: freed memory is not given back at once. */
const TASKS_PER_LOOK = 100;
const MOST_GROWTH_BYTES = 2 ** 29;
/** Samples told of when a process has died. */
const SAMPLES = 60;

export interface ComputeOptions {
  /** Name of the task's log in the store. */
  readonly lineage: string;
  /** Names of the logs of the work that it extends, newest first. */
  readonly extend: readonly string[];
  readonly signal: AbortSignal;
  onProgress(progress: TaskProgress): void;
  onMemory(sample: MemorySample): void;
}

type Ending = Exclude<ComputeReply, { kind: 'progress' | 'alive' }>;

/** One process for heavy work: one task at a time, many in its life. */
export class ComputeProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<{ code: number | null; signal: string | null }>;
  readonly #samples: MemorySample[] = [];
  readonly #hungAfterMs: number;
  #tasks = 0;
  /** Memory that it held after its first task. */
  #firstBytes = 0;
  #task: TaskKind | undefined;
  #alive = true;
  #errors = '';
  #heardAtMs = Date.now();

  /** @param hungAfterMs without a sign of life */
  constructor(environment: NodeJS.ProcessEnv, hungAfterMs = HUNG_AFTER_MS) {
    this.#hungAfterMs = hungAfterMs;
    const extension = extname(import.meta.url);
    this.#child = fork(fileURLToPath(new URL(`./main${extension}`, import.meta.url)), [], {
      execArgv: extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : [],
      env: environment,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#errors = (this.#errors + text.toString()).slice(-4_000);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#errors += error.message;
        this.#alive = false;
        resolve({ code: null, signal: null });
      });
      this.#child.once('exit', (code, signal) => {
        this.#alive = false;
        resolve({ code, signal });
      });
    });
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /**
   * Whether it holds much more memory than after its first task, so that nothing that leaks grows
   * without end; asked after each task. A start costs seconds, which small tasks would feel.
   */
  async hasGrown(): Promise<boolean> {
    const isFirst = this.#tasks === 1;
    if (!isFirst && this.#tasks % TASKS_PER_LOOK !== 0) return false;
    const bytes = (await sampleMemory(this.#child.pid ?? 0))?.rssBytes ?? 0;
    if (isFirst) this.#firstBytes = bytes;
    return bytes - this.#firstBytes > MOST_GROWTH_BYTES;
  }

  /** Does one task; on abort the process keeps a checkpoint and goes, and TaskStopped is thrown. */
  async run<Kind extends TaskKind>(
    task: Kind,
    request: RequestOf<Kind>,
    options: ComputeOptions,
  ): Promise<OutcomeOf<Kind>> {
    this.#tasks += 1;
    this.#task = task;
    const stop = () => void this.stop();
    options.signal.addEventListener('abort', stop, { once: true });
    const { lineage, extend } = options;
    const command: ComputeCommand = { kind: 'run', task, request, lineage, extend };
    try {
      return settle<Kind>(await this.#converse(command, options));
    } finally {
      options.signal.removeEventListener('abort', stop);
    }
  }

  /** Asks the process to keep its checkpoint and go; past the deadline it is killed. */
  async stop(): Promise<void> {
    if (!this.#alive) return;
    this.#send({ kind: 'stop' });
    const patienceMs = KEEPS_STATE.includes(this.#task) ? STOP_DEADLINE_MS : NOTHING_TO_KEEP_MS;
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await this.#exited;
    clearTimeout(deadline);
  }

  async #converse(command: ComputeCommand, options: ComputeOptions): Promise<Ending> {
    // Not waited for: small tasks take no longer than reading it.
    const killsBefore = outOfMemoryKills();
    this.#heardAtMs = Date.now();
    let hung = false;
    const watch = setInterval(() => {
      hung ||= Date.now() - this.#heardAtMs > this.#hungAfterMs;
      if (hung) this.#child.kill('SIGKILL');
      void this.#sample(options);
    }, LOOK_EVERY_MS);
    let listen: (reply: ComputeReply) => void = () => undefined;
    const ending = new Promise<Ending>((resolve) => {
      listen = (reply) => {
        this.#heardAtMs = Date.now();
        if (reply.kind === 'progress') options.onProgress(reply.progress);
        else if (reply.kind !== 'alive') resolve(reply);
      };
    });
    this.#child.on('message', listen);
    try {
      if (options.signal.aborted) await this.stop();
      else this.#send(command);
      const end = await Promise.race([ending, this.#exited]);
      if ('kind' in end) return end;
      if (options.signal.aborted) return { kind: 'stopped' };
      if (hung) throw new TaskHung(this.#hungAfterMs / 1000);
      const kernelKills = (await outOfMemoryKills()) - (await killsBefore);
      throw diedOf({ ...end, kernelKills, samples: this.#samples, errors: this.#errors });
    } finally {
      clearInterval(watch);
      this.#child.off('message', listen);
    }
  }

  async #sample({ onMemory }: ComputeOptions): Promise<void> {
    const sample = await sampleMemory(this.#child.pid ?? 0);
    if (sample === null) return;
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    onMemory(sample);
  }

  #send(command: ComputeCommand): void {
    // A child that is gone is told of by its exit.
    if (this.#child.connected) this.#child.send(command, () => undefined);
  }
}

/** The one to whom a task was given answers by its outcome. */
function settle<Kind extends TaskKind>(ending: Ending): OutcomeOf<Kind> {
  if (ending.kind === 'outcome') return ending.outcome;
  if (ending.kind === 'stopped') throw new TaskStopped();
  if (ending.problem !== null) throw new InputError(ending.problem);
  throw new TaskFailed(ending);
}
