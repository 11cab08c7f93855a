import { ProfileSegment, type ProfileTallies } from '../../schemas/preparation-state.ts';
import type { TextGrams } from '../../schemas/transform.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat64 } from '../training/snapshot.ts';
import { type ChosenRows, NO_FOLD } from './choose-rows.ts';
import { ColumnProfile, type ProfileGrowth, type ProfileSnapshot } from './column-profile.ts';
import { LevelTargets } from './level-targets.ts';
import type { SourceBatch } from './source-rows.ts';

/** Of a profile's snapshot. */
const BLOBS = 5;
type Blob = Uint8Array;

/** How to look at columns: plain data, that other threads can be given. */
export interface ProfileOptions {
  readonly columns: readonly string[];
  /** Texts that mean "missing", beside those that always do. */
  readonly missing: ReadonlySet<string>;
  /** How texts are taken apart, and which columns are texts for certain. */
  readonly texts?: { readonly grams: TextGrams; readonly columns: ReadonlySet<string> };
  /** How many classes are to be predicted, 0 for numbers, and which columns are categories for certain. */
  readonly targets?: { readonly classes: number; readonly categories: ReadonlySet<string> };
}

/** What is known of one column, by all cells or since it was asked for before. */
export interface ColumnState {
  readonly growth: ProfileGrowth;
  readonly snapshot: ProfileSnapshot;
  /** How the target comes out by its levels; empty where it has none. */
  readonly levels: Uint8Array;
}

/** Cells after which it is seen whether a column can be one of categories. */
const FIRST_CELLS = 200;
const MOSTLY = 0.95;

/** What the training rows hold in each column. */
export class ColumnProfiles {
  readonly profiles: ColumnProfile[];
  /** How the target comes out by a column's levels, over the rows to fit on; null where it has none. */
  readonly levelTargets: (LevelTargets | null)[];
  readonly #options: ProfileOptions;
  /** Places of the columns that are looked at here; the others are looked at elsewhere. */
  #own: readonly number[];

  constructor(options: ProfileOptions, own: readonly number[] = [...options.columns.keys()]) {
    this.#options = options;
    this.#own = own;
    this.profiles = options.columns.map((_, index) => this.#newProfile(index));
    this.levelTargets = options.columns.map(() => this.#newTargets());
  }

  /** Whether it is still looked at how the target comes out by the levels of any column. */
  get wantTargets(): boolean {
    return this.levelTargets.some((targets) => targets !== null);
  }

  take(
    batch: Pick<SourceBatch, 'rows' | 'cells' | 'start'>,
    { rows, folds, targets: known }: ChosenRows,
  ): void {
    for (const index of this.#own) {
      const profile = this.profiles[index] as ColumnProfile;
      let targets = this.levelTargets[index] ?? null;
      const add = adderOf(batch, profile, index, targets !== null);
      for (let i = 0; i < rows.length; i++) {
        const level = add(rows[i] as number);
        if (targets === null) continue;
        const fold = folds[i] as number;
        if (profile.present === FIRST_CELLS && !isCategory(profile, this.#options.targets)) {
          targets = null;
        } else if (fold !== NO_FOLD) targets.add(level, fold, known[i] as number);
      }
      if (targets === null) this.levelTargets[index] = null;
    }
  }

  /** Looks at these columns alone from now on. */
  keep(own: readonly number[]): void {
    this.#own = own;
  }

  /** Of the columns that are looked at here, in order. @param since when their lists' gains are given */
  states(since: 'last' | 'beginning', own = this.#own): ColumnState[] {
    return own.map((index) => {
      const profile = this.profiles[index] as ColumnProfile;
      return {
        growth: since === 'last' ? profile.growth() : profile.whole(),
        snapshot: profile.snapshot(),
        levels: this.levelTargets[index]?.snapshot() ?? new Uint8Array(),
      };
    });
  }

  /** Takes what is known of columns since the beginning, and knows nothing else of them. */
  accept(columns: readonly number[], states: readonly ColumnState[]): void {
    columns.forEach((index, i) => {
      const { growth, snapshot, levels } = states[i] as ColumnState;
      const profile = this.#newProfile(index);
      profile.grow(growth);
      profile.restore(snapshot);
      this.profiles[index] = profile;
      this.levelTargets[index] = this.#newTargets();
      this.#restoreTargets(index, levels);
    });
  }

  /** Takes a segment, which is the next. */
  grow(segment: Uint8Array): void {
    const { document, blobs } = decodeSnapshot(segment);
    const { columns } = ProfileSegment.parse(document);
    this.profiles.forEach((profile, index) => {
      const grown = columns[index] as (typeof columns)[number];
      profile.grow({ ...grown, kept: toFloat64(blobs[index] as Uint8Array) });
    });
  }

  /** Takes a snapshot, after all segments. */
  restore(tallies: readonly ProfileTallies[], blobs: readonly Uint8Array[]): void {
    this.profiles.forEach((profile, index) => {
      const own = blobs.slice(BLOBS * index, BLOBS * (index + 1));
      const [numbers, counts, point, comma, terms] = own as [Blob, Blob, Blob, Blob, Blob];
      profile.restore({
        tallies: tallies[index] as ProfileTallies,
        ...{ numbers: toFloat64(numbers), counts: toFloat64(counts), terms },
        written: [toFloat64(point), toFloat64(comma)],
      });
      this.#restoreTargets(index, blobs[BLOBS * this.profiles.length + index] as Blob);
    });
  }

  #restoreTargets(index: number, levels: Uint8Array): void {
    if (levels.length === 0) this.levelTargets[index] = null;
    else this.levelTargets[index]?.restore(levels);
  }

  #newProfile(index: number): ColumnProfile {
    const { columns, missing, texts } = this.#options;
    const name = columns[index] as string;
    return new ColumnProfile(name, missing, {
      grams: texts?.grams ?? 'words',
      isText: texts?.columns.has(name) === true,
    });
  }

  #newTargets(): LevelTargets | null {
    const { targets } = this.#options;
    return targets !== undefined && LevelTargets.suits(targets.classes)
      ? new LevelTargets(targets.classes)
      : null;
  }
}

/**
 * The states of all columns, to be kept: `segment` what their lists have gained, which is most of it and
 * is written once; beside it tallies, five blobs a column, and one a column of its levels' targets.
 */
export function packStates(states: readonly ColumnState[]): {
  segment: Uint8Array;
  profiles: ProfileTallies[];
  blobs: Uint8Array[];
} {
  const document: ProfileSegment = {
    schemaVersion: 1,
    columns: states.map(({ growth: { keysFrom, keptFrom, keys } }) => {
      return { keysFrom, keptFrom, keys: [...keys] };
    }),
  };
  return {
    segment: encodeSnapshot(
      document,
      states.map(({ growth }) => bytesOf(growth.kept)),
    ),
    profiles: states.map(({ snapshot }) => snapshot.tallies),
    blobs: [
      ...states.flatMap(({ snapshot: { numbers, counts, written, terms } }) => [
        ...[numbers, counts, ...written].map(bytesOf),
        terms,
      ]),
      ...states.map(({ levels }) => levels),
    ],
  };
}

/** Adds a row's cell of a column to its profile. */
function adderOf(
  batch: Pick<SourceBatch, 'rows' | 'cells' | 'start'>,
  profile: ColumnProfile,
  index: number,
  wantsLevel: boolean,
): (row: number) => string | null {
  const { cells, start } = batch;
  if (cells === undefined) {
    const { rows } = batch;
    return (row) => profile.add(rows[row - start]?.[index], row + 1);
  }
  const { bytes, fields, starts, ends } = cells;
  return (row) => {
    const at = (row - start) * fields + index;
    return profile.addCell(bytes, starts[at] as number, ends[at] as number, row + 1, wantsLevel);
  };
}

/** Neither numbers nor dates, unless the job says so. */
const isCategory = (
  { name, present, numbers, dates }: ColumnProfile,
  targets: { readonly categories: ReadonlySet<string> } | undefined,
): boolean => targets?.categories.has(name) === true || numbers + dates < MOSTLY * present;
