import { ProfileSegment, type ProfileTallies } from '../../schemas/preparation-state.ts';
import type { TextGrams } from '../../schemas/transform.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat64 } from '../training/snapshot.ts';
import { ColumnProfile } from './column-profile.ts';
import type { SourceBatch } from './source-rows.ts';
import { Part } from './split.ts';

/** Of a profile's snapshot. */
const BLOBS = 5;
type Blob = Uint8Array;

/** How the texts of columns are taken apart, and which columns are texts for certain. */
interface TextOptions {
  readonly grams: TextGrams;
  readonly columns: ReadonlySet<string>;
}

/** What the training rows hold in each column. */
export class ColumnProfiles {
  readonly profiles: readonly ColumnProfile[];
  /** The part of each row, by `Part`. */
  readonly #parts: Uint8Array;

  constructor(
    columns: readonly string[],
    missing: ReadonlySet<string>,
    parts: Uint8Array,
    texts: TextOptions = { grams: 'words', columns: new Set() },
  ) {
    this.profiles = columns.map((name) => {
      const isText = texts.columns.has(name);
      return new ColumnProfile(name, missing, { grams: texts.grams, isText });
    });
    this.#parts = parts;
  }

  take({ rows, start }: SourceBatch): void {
    rows.forEach((cells, i) => {
      const part = this.#parts[start + i];
      if (part !== Part.fit && part !== Part.validation) return;
      this.profiles.forEach((profile, index) => profile.add(cells[index], start + i + 1));
    });
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

  /** All else: tallies of each column, and five blobs a column. */
  snapshot(): { profiles: ProfileTallies[]; blobs: Uint8Array[] } {
    const snapshots = this.profiles.map((profile) => profile.snapshot());
    return {
      profiles: snapshots.map(({ tallies }) => tallies),
      blobs: snapshots.flatMap(({ numbers, counts, written, terms }) => [
        ...[numbers, counts, ...written].map(bytesOf),
        terms,
      ]),
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
    });
  }
}
