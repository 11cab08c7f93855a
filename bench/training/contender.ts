import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Case } from './cases.ts';

/** What a contender's process is told, a line of JSON each; it answers each with a line of JSON. */
export type Order =
  | {
      readonly kind: 'open';
      readonly case: Case;
      readonly features: string;
      readonly targets: string;
    }
  | { readonly kind: 'measure'; readonly seconds: number }
  | { readonly kind: 'matmul'; readonly size: number }
  | { readonly kind: 'close' };

export interface Answers {
  open: { firstSeconds: number; loss: number; note: string };
  measure: { rows: number; seconds: number; cpuSeconds: number };
  matmul: { flopsPerCpuSecond: number; flopsPerSecond: number };
  close: { peakMiB: number };
}

export interface ContenderOptions {
  readonly name: string;
  readonly threads: number;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** One way to train, in a process of its own that waits between orders. */
export class Contender {
  readonly name: string;
  readonly threads: number;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor({ name, threads, command, environment }: ContenderOptions) {
    const [program = '', ...args] = command;
    this.name = name;
    this.threads = threads;
    const child = spawn(program, args, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', process.env['BENCH_VERBOSE'] === undefined ? 'ignore' : 'inherit'],
    });
    this.#process = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async ask<Kind extends Order['kind']>(
    order: Extract<Order, { kind: Kind }>,
  ): Promise<Answers[Kind]> {
    this.#process.stdin?.write(`${JSON.stringify(order)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.name} has ended.`);
    const answer = JSON.parse(value) as Answers[Kind] & { error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await ended;
  }
}
