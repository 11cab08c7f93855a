import { z } from 'zod';
import { ArtifactRef, Sha256 } from './artifact.ts';
import { ColumnReport } from './data-report.ts';
import { ScannedImage } from './image.ts';
import { PreparedPart } from './prepared-data.ts';
import { TransformOperation } from './transform.ts';

const Count = z.int().nonnegative();

/** Between two rows of a file: where a reader can begin without those before. */
const FilePosition = z.discriminatedUnion('kind', [
  /**
   * Of text: where a row begins in the UTF-8 that it is read as, and the number of the line on which
   * the row before ends.
   */
  z.strictObject({ kind: z.literal('byte'), byte: Count, line: Count }),
  /** Of a columnar file: rows before it. */
  z.strictObject({ kind: z.literal('row'), row: Count }),
]);
export type FilePosition = z.infer<typeof FilePosition>;

/** The same in a table, which may be of several files. */
export const TablePosition = z.discriminatedUnion('kind', [
  ...FilePosition.options,
  z.strictObject({ kind: z.literal('file'), file: Count, within: FilePosition }),
]);
export type TablePosition = z.infer<typeof TablePosition>;

/** Between two rows of a table and its test table. */
export const SourcePosition = z.strictObject({
  /** Tables that are read to their end. */
  tables: Count,
  /** Rows before it, of both. */
  rows: Count,
  /** In the next table; null at its beginning. */
  within: TablePosition.nullable(),
});
export type SourcePosition = z.infer<typeof SourcePosition>;

/** By what a file is known again. */
export const SourceStamp = z.strictObject({
  bytes: Count,
  modifiedAtMs: z.number(),
  /** SHA-256 over its first and last bytes. */
  ends: Sha256,
});
export type SourceStamp = z.infer<typeof SourceStamp>;

export const FoundCell = z.strictObject({ row: Count, value: z.string() });
export type FoundCell = z.infer<typeof FoundCell>;

const WrittenTally = z.strictObject({
  /** Null for no number. */
  first: FoundCell.extend({ number: z.number().nullable() }),
  firstOther: FoundCell.nullable(),
});

/** What is known of a column's numbers as people write them, but for the numbers. */
export const WrittenTallies = z.strictObject({
  unit: z.string().nullable(),
  units: z.array(z.tuple([z.string(), Count])),
  ambiguous: Count,
  point: WrittenTally.nullable(),
  comma: WrittenTally.nullable(),
});
export type WrittenTallies = z.infer<typeof WrittenTallies>;

/** What a column's profile holds, but for its lists and what is infinite at first. */
export const ProfileTallies = z.strictObject({
  isSequence: z.boolean(),
  firstOther: z.strictObject({
    numeric: FoundCell.optional(),
    boolean: FoundCell.optional(),
    datetime: FoundCell.optional(),
  }),
  stride: z.int().positive(),
  offset: z.number().nullable(),
  presentWhenFull: Count.nullable(),
  /** Cells that stand for a missing value, where the column turns out to hold something else. */
  placeholders: z.array(z.tuple([z.string(), Count])),
  written: WrittenTallies,
  /** Whether the terms of its texts are counted. */
  countsTerms: z.boolean(),
});
export type ProfileTallies = z.infer<typeof ProfileTallies>;

/** Some rows as the scan keeps them; their digests lie beside it. */
export const ScannedSegment = z.strictObject({
  schemaVersion: z.literal(1),
  tableRows: Count,
  target: z.array(z.string().nullable()),
  /** Cells of the split's column; null where the split names none. */
  column: z.array(z.string().nullable()).nullable(),
  /** Absent where there are none. */
  images: z.array(ScannedImage).optional(),
});

export type ScannedSegment = z.infer<typeof ScannedSegment>;

/** What the lists of profiles have gained; the numbers kept lie beside it, one blob a column. */
export const ProfileSegment = z.strictObject({
  schemaVersion: z.literal(1),
  columns: z.array(
    z.strictObject({
      /** Places in the lists from which on these stand. */
      keysFrom: Count,
      keptFrom: Count,
      keys: z.array(z.string()),
    }),
  ),
});

export type ProfileSegment = z.infer<typeof ProfileSegment>;

/** Means of the target by level without the rows of a fold, fold by fold, as an operation has them of all. */
export const OutOfFold = z.array(
  z.strictObject({ values: z.array(z.number()), missing: z.number(), otherwise: z.number() }),
);
export type OutOfFold = z.infer<typeof OutOfFold>;

/** What was fitted to the columns, and what there is to say of them. */
export const FittedColumns = z.strictObject({
  operations: z.array(TransformOperation),
  /** Of each operation that encodes by the target, in order. */
  outOfFold: z.array(OutOfFold),
  reports: z.array(ColumnReport),
  /** Loud ones first. */
  warnings: z.array(z.string()),
});
export type FittedColumns = z.infer<typeof FittedColumns>;

export const PreparationPass = z.enum(['scan', 'fit', 'write']);
export type PreparationPass = z.infer<typeof PreparationPass>;

/**
 * How far a preparation has come: the pass it is in, where that goes on, and names of the pieces
 * that hold what it has found. What follows from these is computed again.
 */
export const PreparationState = z.strictObject({
  /** 2 since digests of rows are of another kind. */
  schemaVersion: z.literal(2),
  sources: z.array(SourceStamp),
  /** What a query gave; absent where files are read. */
  rows: ArtifactRef.optional(),
  chunkRows: z.int().positive(),
  pass: PreparationPass,
  next: SourcePosition,
  /** Segments of the scan, in order. */
  scan: z.array(Sha256),
  /** Segments of the profiles, in order, and their tallies; null but in the pass that fits. */
  fit: z.strictObject({ segments: z.array(Sha256), profiles: z.array(ProfileTallies) }).nullable(),
  /** Null but in the pass that writes. */
  write: z
    .strictObject({
      columns: Sha256,
      parts: z.strictObject({ fit: PreparedPart, validation: PreparedPart, test: PreparedPart }),
    })
    .nullable(),
});
export type PreparationState = z.infer<typeof PreparationState>;
