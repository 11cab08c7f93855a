import { ProfileSegment, type ProfileTallies } from '../../schemas/preparation-state.ts';
import type { TextGrams } from '../../schemas/transform.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat64 } from '../training/snapshot.ts';
import { ColumnProfile } from './column-profile.ts';
import { foldOf, LevelTargets } from './level-targets.ts';
import type { SourceBatch } from './source-rows.ts';
import { Part } from './split.ts';
import { countRows } from './table.ts';

/** Of a profile's snapshot. */
const BLOBS = 5;
type Blob = Uint8Array;

/** How the texts of columns are taken apart, and which columns are texts for certain. */
interface TextOptions {
  readonly grams: TextGrams;
  readonly columns: ReadonlySet<string>;
}

/** What models are to predict of each row, and by how many classes: 0 for numbers. */
export interface RowTargets {
  readonly classes: number;
  readonly seed: number;
  of(row: number): number;
}

/** Cells after which it is seen whether a column can be one of categories. */
const FIRST_CELLS = 200;
const MOSTLY = 0.95;
/** Of rows that tell nothing of how the target comes out by their levels. */
const NO_FOLD = -1;

/** What the training rows hold in each column. */
export class ColumnProfiles {
  readonly profiles: readonly ColumnProfile[];
  /** How the target comes out by a column's levels, over the rows to fit on; null where it has none. */
  readonly levelTargets: (LevelTargets | null)[];
  /** The part of each row, by `Part`. */
  readonly #parts: Uint8Array;
  readonly #targets: (RowTargets & { readonly categories: ReadonlySet<string> }) | undefined;
  readonly #foldOf: (row: number) => number;

  constructor(
    columns: readonly string[],
    missing: ReadonlySet<string>,
    parts: Uint8Array,
    texts: TextOptions = { grams: 'words', columns: new Set() },
    targets?: RowTargets & { readonly categories: ReadonlySet<string> },
  ) {
    this.profiles = columns.map((name) => {
      const isText = texts.columns.has(name);
      return new ColumnProfile(name, missing, { grams: texts.grams, isText });
    });
    this.#parts = parts;
    this.#targets = targets;
    this.#foldOf = foldOf(targets?.seed ?? 0);
    this.levelTargets = columns.map(() =>
      targets !== undefined && LevelTargets.suits(targets.classes)
        ? new LevelTargets(targets.classes)
        : null,
    );
  }

  take(batch: SourceBatch): void {
    const wanted = this.#trainingRows(batch);
    this.profiles.forEach((profile, index) => {
      let targets = this.levelTargets[index] ?? null;
      const add = adderOf(batch, profile, index, targets !== null);
      for (let i = 0; i < wanted.rows.length; i++) {
        const level = add(wanted.rows[i] as number);
        if (targets === null) continue;
        const fold = wanted.folds[i] as number;
        if (profile.present === FIRST_CELLS && !isCategory(profile, this.#targets)) {
          targets = null;
        } else if (fold !== NO_FOLD) targets.add(level, fold, wanted.targets[i] as number);
      }
      if (targets === null) this.levelTargets[index] = null;
    });
  }

  /** Those of a batch; of those to fit on, what is to be predicted and which fold they are in. */
  #trainingRows(batch: SourceBatch) {
    const targets = this.levelTargets.some(Boolean) ? this.#targets : undefined;
    const wanted = { rows: [] as number[], folds: [] as number[], targets: [] as number[] };
    for (let row = batch.start; row < batch.start + countRows(batch); row++) {
      const part = this.#parts[row];
      if (part !== Part.fit && part !== Part.validation) continue;
      const known = part === Part.fit ? targets : undefined;
      wanted.rows.push(row);
      wanted.folds.push(known === undefined ? NO_FOLD : this.#foldOf(row));
      wanted.targets.push(known?.of(row) ?? Number.NaN);
    }
    return wanted;
  }

  /** What the lists have gained since the last segment: most of the state, written once. */
  segment(): Uint8Array {
    const grown = this.profiles.map((profile) => profile.growth());
    const document: ProfileSegment = {
      schemaVersion: 1,
      columns: grown.map(({ keysFrom, keptFrom, keys }) => ({
        keysFrom,
        keptFrom,
        keys: [...keys],
      })),
    };
    return encodeSnapshot(
      document,
      grown.map(({ kept }) => bytesOf(kept)),
    );
  }

  /** All else: tallies of each column, five blobs a column, and one a column of its levels' targets. */
  snapshot(): { profiles: ProfileTallies[]; blobs: Uint8Array[] } {
    const snapshots = this.profiles.map((profile) => profile.snapshot());
    return {
      profiles: snapshots.map(({ tallies }) => tallies),
      blobs: [
        ...snapshots.flatMap(({ numbers, counts, written, terms }) => [
          ...[numbers, counts, ...written].map(bytesOf),
          terms,
        ]),
        ...this.levelTargets.map((targets) => targets?.snapshot() ?? new Uint8Array()),
      ],
    };
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
      const targets = blobs[BLOBS * this.profiles.length + index] as Blob;
      if (targets.length === 0) this.levelTargets[index] = null;
      else this.levelTargets[index]?.restore(targets);
    });
  }
}

/** Adds a row's cell of a column to its profile. */
function adderOf(
  batch: SourceBatch,
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
