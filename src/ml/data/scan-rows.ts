import type { ScannedImage } from '../../schemas/image.ts';
import type { Job } from '../../schemas/job.ts';
import { ScannedSegment } from '../../schemas/preparation-state.ts';
import { decodeSnapshot, encodeSnapshot } from '../training/snapshot.ts';
import { cellText, ownText } from './cell.ts';
import { CellMemo } from './cell-memo.ts';
import type { FoundImage } from './images/scan-images.ts';
import { RowDigests } from './row-digests.ts';
import type { SourceBatch } from './source-rows.ts';
import type { SplitCells } from './split-rows.ts';
import { countRows } from './table.ts';
import type { TextCells } from './text-cells.ts';

/** What the split and the cleaning need to know of every row. */
export interface ScannedRows extends SplitCells {
  /** Rows of the job's own table; those after it are of the test table. */
  readonly tableRows: number;
  /** Of each row: equal for equal rows. */
  readonly digests: RowDigests;
  /** Of each row; absent where there are none. */
  readonly images?: readonly ScannedImage[];
}

/** Keeps of each row its target, its cell of the split's column, and a digest. */
export class RowScan {
  readonly #job: Job;
  readonly #splitColumn: string | undefined;
  readonly #missing: ReadonlySet<string>;
  readonly #target: (string | null)[] = [];
  readonly #column: (string | null)[] = [];
  readonly #digests = new RowDigests();
  readonly #images: ScannedImage[] = [];
  readonly #intern = interner();
  readonly #targetTexts = this.#memo();
  readonly #columnTexts = this.#memo();
  /** A column that says "train" or "test" would make every test row differ from all others. */
  readonly #leavesOutSplit: boolean;
  #tableRows = 0;

  constructor(job: Job) {
    this.#job = job;
    this.#splitColumn = 'column' in job.split ? job.split.column : undefined;
    this.#leavesOutSplit = job.split.kind === 'column';
    this.#missing = new Set(job.columns.missing);
  }

  get rows(): number {
    return this.#target.length;
  }

  /** @param images of the rows, where a column holds them */
  take(
    batch: SourceBatch,
    images?: { readonly column: string; readonly found: readonly FoundImage[] },
  ): void {
    this.#takeRows(batch, images);
    this.#count(batch);
  }

  /** Takes rows of text but for their digests, which `addDigests` is to be given in the same order. */
  takeTexts(batch: SourceBatch, cells: TextCells): void {
    const { targetIndex, splitIndex } = this.#indicesIn(batch);
    const { bytes, fields, starts, ends } = cells;
    const add = (texts: (string | null)[], memo: CellMemo<string | null>, field: number) => {
      for (let at = field; at < starts.length; at += fields) {
        texts.push(memo.of(bytes, starts[at] as number, ends[at] as number));
      }
    };
    add(this.#target, this.#targetTexts, targetIndex);
    if (splitIndex >= 0) add(this.#column, this.#columnTexts, splitIndex);
    this.#count(batch);
  }

  /** Takes what `RowDigests.from` gave. */
  addDigests(digests: Uint8Array): void {
    this.#digests.append(digests);
  }

  /** The field that is no part of a row's digest; undefined where all are. */
  leftOut(batch: SourceBatch): number | undefined {
    return this.#leavesOutSplit ? this.#indicesIn(batch).splitIndex : undefined;
  }

  #indicesIn({ columns }: SourceBatch) {
    return {
      targetIndex: columns.indexOf(this.#job.target),
      splitIndex: this.#splitColumn === undefined ? -1 : columns.indexOf(this.#splitColumn),
    };
  }

  #count(batch: SourceBatch): void {
    if (!batch.isTestTable) this.#tableRows += countRows(batch);
  }

  #takeRows(
    batch: SourceBatch,
    images?: { readonly column: string; readonly found: readonly FoundImage[] },
  ): void {
    const { columns, rows } = batch;
    const { targetIndex, splitIndex } = this.#indicesIn(batch);
    const imageIndex = images === undefined ? -1 : columns.indexOf(images.column);
    const text = (cell: unknown) => this.#intern(cellText(cell, this.#missing));
    rows.forEach((given, row) => {
      const image = images?.found[row];
      // Equal images are equal, whatever they are called.
      const cells = image && imageIndex >= 0 ? given.with(imageIndex, image.digest) : given;
      if (image) this.#images.push(image.image);
      this.#target.push(text(cells[targetIndex]));
      if (splitIndex >= 0) this.#column.push(text(cells[splitIndex]));
      this.#digests.push(this.#leavesOutSplit ? cells.toSpliced(splitIndex, 1) : cells);
    });
  }

  #memo(): CellMemo<string | null> {
    return new CellMemo((text) => this.#intern(cellText(text, this.#missing)));
  }

  scanned(): ScannedRows {
    return {
      rows: this.rows,
      tableRows: this.#tableRows,
      target: this.#target,
      column: this.#splitColumn === undefined ? undefined : this.#column,
      digests: this.#digests,
      ...(this.#images.length > 0 && { images: this.#images }),
    };
  }

  /** The rows from this one on. */
  segment(from: number): Uint8Array {
    const document: ScannedSegment = {
      schemaVersion: 1,
      tableRows: this.#tableRows,
      target: this.#target.slice(from),
      column: this.#splitColumn === undefined ? null : this.#column.slice(from),
      ...(this.#images.length > 0 && { images: this.#images.slice(from) }),
    };
    return encodeSnapshot(document, [this.#digests.from(from)]);
  }

  /** Takes the rows of a segment, which is the next. */
  restore(segment: Uint8Array): void {
    const { document, blobs } = decodeSnapshot(segment);
    const { target, column, images = [], tableRows } = ScannedSegment.parse(document);
    for (const image of images) this.#images.push(image);
    for (const text of target) this.#target.push(this.#intern(text));
    for (const text of column ?? []) this.#column.push(this.#intern(text));
    this.#digests.append(blobs[0] ?? new Uint8Array());
    this.#tableRows = tableRows;
  }
}

/** Gives equal texts one string, since classes and groups repeat. */
function interner(): (text: string | null) => string | null {
  const known = new Map<string, string>();
  return (text) => {
    if (text === null) return null;
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    // Cut from a file's buffer, a text would keep that buffer alive.
    const own = ownText(text);
    if (known.size < 10_000) known.set(own, own);
    return own;
  };
}
