import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { InputError } from '../../errors.ts';
import type { TrainingOutcome, TrainingProgress, TrainingRequest } from '../../schemas/training.ts';
import type { TrainerCommand, TrainerReply } from './messages.ts';

/** How long a trainer may take to keep its checkpoint and go, before it is killed. */
const STOP_DEADLINE_MS = 3_000;

export interface TrainOptions {
  readonly checkpoint: string;
  readonly signal: AbortSignal;
  onProgress(progress: TrainingProgress): void;
}

/** The trainer process ended before its training did. The attempt is retried, and resumes from its checkpoint. */
export class TrainerDied extends Error {
  override readonly name = 'TrainerDied';
}

/** The training was told to stop, and did. */
export class TrainingStopped extends Error {
  override readonly name = 'TrainingStopped';
}

/** One trainer process: trains one request at a time, many in its life. */
export class TrainerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<string>;
  #trainings = 0;
  #alive = true;
  #errors = '';

  constructor(environment: NodeJS.ProcessEnv) {
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
        this.#alive = false;
        resolve(error.message);
      });
      this.#child.once('exit', (code, signal) => {
        this.#alive = false;
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** Trainings started in this process so far. */
  get trainings(): number {
    return this.#trainings;
  }

  /** Trains; on abort the trainer keeps a checkpoint and goes, and TrainingStopped is thrown. */
  async train(request: TrainingRequest, options: TrainOptions): Promise<TrainingOutcome> {
    this.#trainings += 1;
    const stop = () => void this.stop();
    options.signal.addEventListener('abort', stop, { once: true });
    try {
      const reply = await this.#converse(request, options);
      if (reply.kind === 'outcome') return reply.outcome;
      if (reply.kind === 'stopped') throw new TrainingStopped('The training was stopped.');
      if (reply.problem !== null) throw new InputError(reply.problem);
      if (reply.isTransient) throw new Error(reply.message);
      throw ApplicationFailure.nonRetryable(reply.message, 'TrainingFailed');
    } finally {
      options.signal.removeEventListener('abort', stop);
    }
  }

  /** Asks the trainer to keep its checkpoint and go; past the deadline it is killed. */
  async stop(): Promise<void> {
    if (!this.#alive) return;
    this.#send({ kind: 'stop' });
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await this.#exited;
    clearTimeout(deadline);
  }

  #converse(
    request: TrainingRequest,
    { checkpoint, onProgress, signal }: TrainOptions,
  ): Promise<Exclude<TrainerReply, { kind: 'ready' | 'progress' }>> {
    return new Promise((resolve, reject) => {
      const listen = (reply: TrainerReply) => {
        if (reply.kind === 'ready') return;
        if (reply.kind === 'progress') onProgress(reply.progress);
        else {
          this.#child.off('message', listen);
          resolve(reply);
        }
      };
      this.#child.on('message', listen);
      void this.#exited.then((how) =>
        reject(
          signal.aborted
            ? new TrainingStopped('The training was stopped.')
            : new TrainerDied(
                `The trainer process ended by ${how}. ${lastLine(this.#errors)}`.trim(),
              ),
        ),
      );
      if (signal.aborted) void this.stop();
      else this.#send({ kind: 'train', request, checkpoint });
    });
  }

  #send(command: TrainerCommand): void {
    // A child that is gone is told of by its exit.
    if (this.#child.connected) this.#child.send(command, () => undefined);
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
