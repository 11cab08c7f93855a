import type { ProfileTallies } from '../../schemas/preparation-state.ts';
import type { RowChooser } from './choose-rows.ts';
import {
  ColumnProfiles,
  type ColumnState,
  type ProfileOptions,
  packStates,
} from './column-profiles.ts';
import type { SourceBatch } from './source-rows.ts';
import { countRows } from './table.ts';
import {
  BlockLine,
  type RowsOfText,
  type RowThread,
  type RowThreads,
} from './threads/row-threads.ts';

/** Reading and choosing rows, and keeping states, take this thread so much of the time that all columns do. */
const BESIDE = 0.25;

/** Columns that one of the other threads looks at. */
interface Lane {
  readonly thread: RowThread;
  readonly columns: readonly number[];
}

/**
 * Profiles of the columns, each by one thread from the first row to the last: sums are of the same
 * numbers in the same order, however many threads there are.
 */
export class ProfileLanes {
  readonly #options: ProfileOptions;
  readonly #choose: RowChooser;
  readonly #columns: ColumnProfiles;
  readonly #own: readonly number[];
  readonly #lanes: readonly Lane[];
  readonly #line: BlockLine<void> | null;

  /** @param threads that look at rows of text; null where they are none */
  constructor(options: ProfileOptions, choose: RowChooser, threads: RowThreads | null) {
    this.#options = options;
    this.#choose = choose;
    this.#columns = new ColumnProfiles(options);
    const threadsBeside = threads?.others ?? [];
    const [own = [], ...others] = deal(options.columns.length, threadsBeside.length + 1);
    this.#own = own;
    this.#lanes = threadsBeside.map((thread, i) => ({ thread, columns: others[i] ?? [] }));
    this.#line = threads === null ? null : new BlockLine(threads, (rows) => this.#look(rows));
  }

  /** Takes what an earlier attempt has left, before anything else. */
  restore(
    segments: readonly Uint8Array[],
    tallies: readonly ProfileTallies[],
    blobs: readonly Uint8Array[],
  ): void {
    for (const segment of segments) this.#columns.grow(segment);
    this.#columns.restore(tallies, blobs);
  }

  /** Gives the other threads their columns. */
  async begin(): Promise<void> {
    await Promise.all(
      this.#lanes.map(({ thread, columns: own }) => {
        const states = this.#columns.states('beginning', own);
        return thread.ask('profile', { options: this.#options, own, states });
      }),
    );
    this.#columns.keep(this.#own);
  }

  async take(batch: SourceBatch): Promise<void> {
    if (this.#line === null) {
      const chosen = this.#choose(batch.start, countRows(batch), this.#columns.wantTargets);
      this.#columns.take(batch, chosen);
      return;
    }
    await this.#line.add(batch);
  }

  /** What a later attempt goes on from, once all rows of a chunk were taken. */
  async state(): Promise<ReturnType<typeof packStates>> {
    return packStates(await this.#states('last'));
  }

  /** The profiles of all columns, after the last row. */
  async end(): Promise<Pick<ColumnProfiles, 'profiles' | 'levelTargets'>> {
    for (const { thread, columns } of this.#lanes) {
      this.#columns.accept(columns, await thread.ask('states', { since: 'beginning' }));
    }
    return this.#columns;
  }

  /** Of all columns, in their order. */
  async #states(since: 'last' | 'beginning'): Promise<ColumnState[]> {
    const all: ColumnState[] = [];
    const put = (columns: readonly number[], states: readonly ColumnState[]) =>
      columns.forEach((column, i) => {
        all[column] = states[i] as ColumnState;
      });
    const asked = this.#lanes.map(({ thread }) => thread.ask('states', { since }));
    put(this.#own, this.#columns.states(since));
    for (const [i, states] of (await Promise.all(asked)).entries()) {
      put(this.#lanes[i]?.columns ?? [], states);
    }
    return all;
  }

  async #look(rows: RowsOfText): Promise<void> {
    const chosen = this.#choose(rows.start, rows.cells.rows);
    const asked = this.#lanes.map(({ thread }) => thread.ask('take', { ...rows, chosen }));
    this.#columns.take({ ...rows, rows: [] }, chosen);
    await Promise.all(asked);
  }
}

/** Deals columns to threads by turns, so that each has some of each kind; to the first, fewer. */
function deal(columns: number, threads: number): number[][] {
  const all = (1 + BESIDE) / threads;
  const first = threads === 1 ? 1 : Math.max(0, all - BESIDE);
  const shares = Array.from({ length: threads }, (_, thread) =>
    thread === 0 ? first : (1 - first) / (threads - 1),
  );
  const dealt: number[][] = shares.map(() => []);
  for (let column = 0; column < columns; column++) {
    const due = shares.map((share, i) => share * (column + 1) - (dealt[i]?.length ?? 0));
    dealt[due.indexOf(Math.max(...due))]?.push(column);
  }
  return dealt;
}
