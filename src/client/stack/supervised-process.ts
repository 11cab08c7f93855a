import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Its output is appended here. */
  readonly log: string;
  /** A Node process of ours: it ends itself when its supervisor is gone. */
  readonly watchesSupervisor: boolean;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A process that lived this long was well: its next pause is short again. */
const STEADY_MS = 3_000;
const STOP_DEADLINE_MS = 12_000;

/** One process of the local stack: started again, after a growing pause, whenever it ends unasked. */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #onChange: () => void;
  #child: ChildProcess | undefined;
  #restarts = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(spec: ProcessSpec, onChange: () => void) {
    this.spec = spec;
    this.#onChange = onChange;
  }

  get pid(): number | null {
    const child = this.#child;
    const runs = child !== undefined && child.exitCode === null && child.signalCode === null;
    return runs ? (child.pid ?? null) : null;
  }

  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    const { command, args, environment, log, watchesSupervisor } = this.spec;
    const startedAtMs = Date.now();
    const logFile = openSync(log, 'a');
    const child = spawn(command, args, {
      // A group of its own: Ctrl-C is for the supervisor, which ends its processes in order.
      detached: true,
      env: environment,
      stdio: ['ignore', logFile, logFile, ...(watchesSupervisor ? (['ipc'] as const) : [])],
    });
    closeSync(logFile);
    this.#child = child;
    child.once('error', () => this.#ended(startedAtMs));
    child.once('exit', () => {
      // What it started must not outlive it.
      killGroup(child.pid);
      this.#ended(startedAtMs);
    });
    this.#onChange();
  }

  /** Asks it to end; past the deadline it is killed, with all that it started. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child?.pid === undefined || this.pid === null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const deadline = setTimeout(() => killGroup(child.pid), STOP_DEADLINE_MS);
    await exited;
    clearTimeout(deadline);
    killGroup(child.pid);
  }

  #ended(startedAtMs: number): void {
    this.#onChange();
    if (this.#stopping) return;
    if (Date.now() - startedAtMs > STEADY_MS) this.#pauseMs = FIRST_PAUSE_MS;
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      this.start();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
