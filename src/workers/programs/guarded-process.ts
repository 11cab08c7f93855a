import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { GUARD } from './guard.ts';

/** How a program ended. A shell tells of a signal by an exit code above 128. */
export interface ProgramEnd {
  readonly code: number;
  readonly signal: number | null;
}

/** A program in a process group of its own, which ends when this process does. */
export class GuardedProcess {
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcess;

  constructor(options: {
    readonly command: readonly string[];
    readonly folder: string;
    readonly environment: NodeJS.ProcessEnv;
    /** File that its output and errors are appended to. */
    readonly log: string;
  }) {
    const { command, folder, environment, log } = options;
    const file = openSync(log, 'a');
    const child = spawn('/bin/sh', ['-c', GUARD, 'sevenfold-program', ...command], {
      cwd: folder,
      env: environment,
      stdio: ['pipe', file, file],
      detached: true,
    });
    closeSync(file);
    child.stdin?.on('error', () => undefined);
    this.#child = child;
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        // What it started must not outlive it.
        this.kill();
        const all = code ?? 128 + (signal === 'SIGKILL' ? 9 : 15);
        resolve({ code: all, signal: all > 128 ? all - 128 : null });
      });
    });
  }

  /** Asks the program to keep a checkpoint and exit. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** Kills the program, and all that it has started. */
  kill(): void {
    this.#child.stdin?.destroy();
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  }
}
