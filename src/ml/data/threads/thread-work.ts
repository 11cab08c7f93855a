import type { OutOfFold } from '../../../schemas/preparation-state.ts';
import type { Transform } from '../../../schemas/transform.ts';
import type { ChosenRows } from '../choose-rows.ts';
import { ColumnProfiles, type ColumnState, type ProfileOptions } from '../column-profiles.ts';
import { type EncodedParts, PartsEncoder, type RowsOfParts } from '../encode-parts.ts';
import { FittedTransform } from '../fitted-transform.ts';
import { hashFiles } from '../hash-files.ts';
import { HeldOutRows } from '../held-out-rows.ts';
import { digestsOf } from '../row-digests.ts';
import { type PlainFormat, type RowBlock, splitRows } from '../row-splitter.ts';
import { TextCells } from '../text-cells.ts';
import type { RowsOfText } from './row-threads.ts';

/** What a thread is asked for, by kind, and what it gives: plain data and memory that threads share. */
export interface ThreadTasks {
  /** SHA-256 over the bytes of files. */
  hash: { request: { paths: readonly string[] }; reply: string };
  /** To split rows, whose bytes and places all threads see. */
  split: { request: { block: RowBlock; format: PlainFormat }; reply: number | null };
  /** Digests of rows, without a field or with all. */
  digest: { request: { cells: TextCells; without: number | undefined }; reply: Uint8Array };
  /** To look at some columns of all rows that come, beginning with what is known of them. */
  profile: {
    request: { options: ProfileOptions; own: readonly number[]; states: readonly ColumnState[] };
    reply: null;
  };
  take: { request: RowsOfText & { chosen: ChosenRows }; reply: null };
  states: { request: { since: 'last' | 'beginning' }; reply: ColumnState[] };
  /** To encode the rows that come. */
  transform: {
    request: { transform: Transform; outOfFold: readonly OutOfFold[]; seed: number };
    reply: null;
  };
  encode: {
    request: { cells: TextCells; columns: readonly string[]; of: RowsOfParts };
    reply: EncodedParts;
  };
}

export type ThreadTask = keyof ThreadTasks;

/** What one thread does: the same that is done where there is no other thread. */
export class ThreadWork {
  #profiles: ColumnProfiles | undefined;
  #encoder: PartsEncoder | undefined;

  do<Kind extends ThreadTask>(
    kind: Kind,
    request: ThreadTasks[Kind]['request'],
  ): ThreadTasks[Kind]['reply'] | Promise<ThreadTasks[Kind]['reply']> {
    type Reply<Each extends ThreadTask> = ThreadTasks[Each]['reply'];
    const work: { [Each in ThreadTask]: (request: never) => Reply<Each> | Promise<Reply<Each>> } =
      this.#work;
    return work[kind](request as never);
  }

  readonly #work = {
    hash: ({ paths }: ThreadTasks['hash']['request']) => hashFiles(paths),
    split: ({ block, format }: ThreadTasks['split']['request']) => {
      const { buffer, byteOffset, byteLength } = block.bytes;
      const bytes = Buffer.from(buffer, byteOffset, byteLength);
      return splitRows({ ...block, bytes }, format);
    },
    digest: ({ cells, without }: ThreadTasks['digest']['request']) =>
      digestsOf(TextCells.received(cells), without),
    profile: ({ options, own, states }: ThreadTasks['profile']['request']) => {
      this.#profiles = new ColumnProfiles(options, own);
      this.#profiles.accept(own, states);
      return null;
    },
    take: ({ start, cells, chosen }: ThreadTasks['take']['request']) => {
      this.#profiles?.take({ rows: [], cells: TextCells.received(cells), start }, chosen);
      return null;
    },
    states: ({ since }: ThreadTasks['states']['request']) => this.#profiles?.states(since) ?? [],
    transform: ({ transform, outOfFold, seed }: ThreadTasks['transform']['request']) => {
      const fitted = new FittedTransform(transform);
      this.#encoder = new PartsEncoder(fitted, new HeldOutRows(fitted, outOfFold, seed));
      return null;
    },
    encode: ({ cells, columns, of }: ThreadTasks['encode']['request']) => {
      if (this.#encoder === undefined) throw new TypeError('There is no transform yet.');
      return this.#encoder.encode(TextCells.received(cells), columns, of);
    },
  };
}
