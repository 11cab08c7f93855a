import type { OutOfFold } from '../../../schemas/preparation-state.ts';
import type { Transform } from '../../../schemas/transform.ts';
import type { ChosenRows } from '../choose-rows.ts';
import { ColumnProfiles, type ColumnState, type ProfileOptions } from '../column-profiles.ts';
import { type EncodedParts, PartsEncoder, type RowsOfParts } from '../encode-parts.ts';
import { FittedTransform } from '../fitted-transform.ts';
import { HeldOutRows } from '../held-out-rows.ts';
import { digestsOf } from '../row-digests.ts';
import { cellsIn, type SharedRows } from './shared-rows.ts';

/** What a thread is asked for, by kind, and what it gives: plain data and memory that threads share. */
export interface ThreadTasks {
  /** Digests of rows, without a field or with all. */
  digest: { request: { rows: SharedRows; without: number | undefined }; reply: Uint8Array };
  /** To look at some columns of all rows that come, beginning with what is known of them. */
  profile: {
    request: { options: ProfileOptions; own: readonly number[]; states: readonly ColumnState[] };
    reply: null;
  };
  take: { request: { rows: SharedRows; chosen: ChosenRows }; reply: null };
  states: { request: { since: 'last' | 'beginning' }; reply: ColumnState[] };
  /** To encode the rows that come. */
  transform: {
    request: { transform: Transform; outOfFold: readonly OutOfFold[]; seed: number };
    reply: null;
  };
  encode: {
    request: { rows: SharedRows; columns: readonly string[]; of: RowsOfParts };
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
  ): ThreadTasks[Kind]['reply'] {
    const work: { [Each in ThreadTask]: (request: never) => ThreadTasks[Each]['reply'] } =
      this.#work;
    return work[kind](request as never);
  }

  readonly #work = {
    digest: ({ rows, without }: ThreadTasks['digest']['request']) =>
      digestsOf(cellsIn(rows), without),
    profile: ({ options, own, states }: ThreadTasks['profile']['request']) => {
      this.#profiles = new ColumnProfiles(options, own);
      this.#profiles.accept(own, states);
      return null;
    },
    take: ({ rows, chosen }: ThreadTasks['take']['request']) => {
      this.#profiles?.take({ rows: [], cells: cellsIn(rows), start: rows.start }, chosen);
      return null;
    },
    states: ({ since }: ThreadTasks['states']['request']) => this.#profiles?.states(since) ?? [],
    transform: ({ transform, outOfFold, seed }: ThreadTasks['transform']['request']) => {
      const fitted = new FittedTransform(transform);
      this.#encoder = new PartsEncoder(fitted, new HeldOutRows(fitted, outOfFold, seed));
      return null;
    },
    encode: ({ rows, columns, of }: ThreadTasks['encode']['request']) => {
      if (this.#encoder === undefined) throw new TypeError('There is no transform yet.');
      return this.#encoder.encode(cellsIn(rows), columns, of);
    },
  };
}
