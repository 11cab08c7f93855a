import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type PlainFormat, type RowBlock, splitRows } from '../row-splitter.ts';
import type { SourceBatch } from '../source-rows.ts';
import { TextCells } from '../text-cells.ts';
import { RowMemory } from './row-memory.ts';
import type { ThreadTask, ThreadTasks } from './thread-work.ts';

/** Of a table: to start a thread for fewer would take longer than it saves. */
const WORTH_BYTES = 2 ** 26;
/** One thread finds where rows end for all, and has no work for more. */
const MOST_THREADS = 4;
/** Blocks that a thread is given before it has done the first. */
const AHEAD = 3;

/** In plain JavaScript: a thread does not have the loader that its process was started with. */
const BEGIN = `
  const { workerData } = require('node:worker_threads');
  import(workerData.tsx).then(({ register }) => {
    register();
    return import(workerData.main);
  });
`;

/** How many threads a table of text is worth, this one among them. */
export const threadsFor = (bytes: number, cores = availableParallelism()): number =>
  bytes < WORTH_BYTES ? 1 : Math.min(cores, MOST_THREADS);

/** What a thread sends: that it is there, then what each request came to, in their order. */
export type ThreadReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly reply: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

interface Waiting {
  resolve(reply: never): void;
  reject(error: unknown): void;
}

/** A thread that does what it is asked for, one request after another. */
export class RowThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #isReady = false;
  /** Why it does nothing any more. */
  #end: { readonly error: unknown } | undefined;

  constructor() {
    this.#worker = new Worker(BEGIN, {
      eval: true,
      execArgv: [],
      workerData: {
        tsx: import.meta.resolve('tsx/esm/api'),
        main: new URL(`./main${extname(import.meta.url)}`, import.meta.url).href,
      },
    });
    this.#worker.on('message', (message: ThreadReply) => this.#hear(message));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`A thread ended with code ${code}.`)));
  }

  /** Whether it would do another request soon. */
  get isFree(): boolean {
    return this.#isReady && this.#waiting.length < AHEAD;
  }

  ask<Kind extends ThreadTask>(
    kind: Kind,
    request: ThreadTasks[Kind]['request'],
  ): Promise<ThreadTasks[Kind]['reply']> {
    const reply = new Promise<ThreadTasks[Kind]['reply']>((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end.error);
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage({ kind, request });
    });
    // Who has failed meanwhile waits for no replies.
    reply.catch(() => undefined);
    return reply;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #hear(message: ThreadReply): void {
    if (message.kind === 'ready') {
      this.#isReady = true;
      return;
    }
    const waiting = this.#waiting.shift();
    if (message.kind === 'done') waiting?.resolve(message.reply as never);
    else waiting?.reject(message.error);
  }

  #fail(error: unknown): void {
    this.#isReady = false;
    this.#end ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/**
 * Threads beside this one that work on rows of text. They only ever do what this one would do alone,
 * on blocks or on columns that none of the others has, and what comes of blocks is taken in their
 * order: results are the same bit for bit with any number of threads.
 */
export class RowThreads {
  readonly others: readonly RowThread[];
  readonly memory = new RowMemory();

  /** @param count of threads, this one among them */
  constructor(count: number) {
    this.others = Array.from({ length: count - 1 }, () => new RowThread());
  }

  /** One that has little to do; undefined where this thread had better do it. */
  get free(): RowThread | undefined {
    return this.others.find(({ isFree }) => isFree);
  }

  /** Blocks of rows that are worked on while another one is waited for. */
  get ahead(): number {
    return this.others.length === 0 ? 0 : AHEAD * (this.others.length + 1);
  }

  /** Has rows split, as `splitRows` does. */
  async split(
    { bytes, rows, starts, ends }: RowBlock,
    format: PlainFormat,
  ): Promise<number | null> {
    const block = { bytes, rows, starts, ends };
    return this.free?.ask('split', { block, format }) ?? splitRows(block, format);
  }

  async end(): Promise<void> {
    await Promise.all(this.others.map((thread) => thread.end()));
  }
}

/** Rows of text one after another. */
export interface RowsOfText {
  /** Of the first, counted over all. */
  readonly start: number;
  readonly cells: TextCells;
}

/** Work on rows that come in batches, several at a time; what comes of it is taken in the order of the rows. */
export class BlockLine<T> {
  readonly #work: (rows: RowsOfText, batch: SourceBatch) => Promise<T>;
  readonly #take: (result: T) => void | Promise<void>;
  readonly #most: number;
  readonly #pending: Promise<T>[] = [];

  constructor(
    { ahead }: RowThreads,
    work: (rows: RowsOfText, batch: SourceBatch) => Promise<T>,
    take: (result: T) => void | Promise<void> = () => undefined,
  ) {
    this.#most = ahead;
    this.#work = work;
    this.#take = take;
  }

  /** Waits until all rows are done where a chunk ends. */
  async add(batch: SourceBatch): Promise<void> {
    const { start, next } = batch;
    const cells = batch.cells ?? TextCells.ofStrings(batch.rows);
    const result = this.#work({ start, cells }, batch).finally(() => batch.release?.());
    // It is heard of when its turn comes.
    result.catch(() => undefined);
    this.#pending.push(result);
    const most = next === null ? this.#most : 0;
    while (this.#pending.length > most) await this.#next();
  }

  async #next(): Promise<void> {
    const first = this.#pending.shift();
    if (first !== undefined) await this.#take(await first);
  }
}
