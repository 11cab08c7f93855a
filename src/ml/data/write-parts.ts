import { InputError } from '../../errors.ts';
import type { ArtifactRef } from '../../schemas/artifact.ts';
import type { OutOfFold } from '../../schemas/preparation-state.ts';
import { PartName, type PreparedData } from '../../schemas/prepared-data.ts';
import type { AssignedRows } from './assign-rows.ts';
import {
  type EncodedParts,
  PartsEncoder,
  placesOf,
  type RowsOfParts,
  targetsAt,
} from './encode-parts.ts';
import type { EncodedRows, FittedTransform, HeldOut } from './fitted-transform.ts';
import { HeldOutRows } from './held-out-rows.ts';
import { UnreadableImage } from './images/read-images.ts';
import { ShardWriter } from './shard-writer.ts';
import type { SourceBatch } from './source-rows.ts';
import { countRows, toRecord } from './table.ts';
import { BlockLine, type RowThreads } from './threads/row-threads.ts';

type Parts = PreparedData['parts'];

/** How rows are encoded; for those that were fitted on, by what others than those of their fold say. */
export interface FittedEncoding {
  readonly transform: FittedTransform;
  readonly outOfFold: readonly OutOfFold[];
  readonly seed: number;
}

/** Encodes rows and writes each to the shards of its part; a shard ends where a chunk of rows does. */
export class PartsWriter {
  readonly #assigned: AssignedRows;
  readonly #transform: FittedTransform;
  readonly #held: HeldOutRows;
  readonly #texts: PartsEncoder;
  readonly #writers: Readonly<Record<PartName, ShardWriter>>;
  /** While shards are published, rows of the next are encoded. */
  #published: Promise<Parts>;
  /** For rows of text. */
  readonly #line: BlockLine<EncodedParts> | null;

  /**
   * @param threads that encode rows of text; null where they are none
   * @param published what an earlier attempt has written
   */
  constructor(
    assigned: AssignedRows,
    encoding: FittedEncoding,
    {
      workFolder,
      save,
    }: { readonly workFolder: string; save(path: string, mediaType: string): Promise<ArtifactRef> },
    threads: RowThreads | null,
    published?: Parts,
  ) {
    const { transform, outOfFold, seed } = encoding;
    this.#assigned = assigned;
    this.#transform = transform;
    this.#held = new HeldOutRows(transform, outOfFold, seed);
    this.#texts = new PartsEncoder(transform, this.#held);
    const writer = (name: PartName) =>
      new ShardWriter(transform.layout, workFolder, name, save, published?.[name]);
    this.#writers = { fit: writer('fit'), validation: writer('validation'), test: writer('test') };
    this.#published = Promise.resolve(this.#parts);
    this.#line = threads === null ? null : this.#startLine(threads, encoding);
  }

  /** What is published once all shards are that were ended so far. */
  get published(): Promise<Parts> {
    return this.#published;
  }

  async take(batch: SourceBatch): Promise<void> {
    if (this.#line === null) await this.#write(batch);
    else await this.#line.add(batch);
    if (batch.next === null) return;
    await this.#published;
    const ended: (() => Promise<void>)[] = [];
    for (const name of PartName.options) ended.push(await this.#writers[name].end());
    this.#published = this.#publish(ended);
    // Whoever waits for it hears of what goes wrong.
    this.#published.catch(() => undefined);
  }

  async #publish(ended: readonly (() => Promise<void>)[]): Promise<Parts> {
    for (const publish of ended) await publish();
    return this.#parts;
  }

  get #parts(): Parts {
    const { fit, validation, test } = this.#writers;
    return { fit: fit.part, validation: validation.part, test: test.part };
  }

  async #write(batch: SourceBatch): Promise<void> {
    const of = this.#partsOf(batch.start, countRows(batch));
    for (const name of PartName.options) {
      const wanted = placesOf(name, of);
      if (wanted.length === 0) continue;
      const held = name === 'fit' ? this.#held.of(wanted.map((i) => of.start + i)) : undefined;
      const encoded = await this.#encode(batch, wanted, held);
      await this.#writers[name].append(encoded, targetsAt(wanted, of));
    }
  }

  /** Rows of text, encoded by the thread that has least to do. */
  #startLine(threads: RowThreads, { transform, ...others }: FittedEncoding) {
    for (const thread of threads.others) {
      // What goes wrong is heard of when rows are given to it.
      void thread.ask('transform', { transform: transform.document, ...others });
    }
    return new BlockLine(
      threads,
      async ({ start, cells }, { columns }) => {
        const of = this.#partsOf(start, cells.rows);
        return (
          threads.free?.ask('encode', { cells, columns, of }) ??
          this.#texts.encode(cells, columns, of)
        );
      },
      (encoded) => this.#append(encoded),
    );
  }

  async #append(encoded: EncodedParts): Promise<void> {
    for (const name of PartName.options) {
      await this.#writers[name].appendRecords(encoded[name].records, encoded[name].rows);
    }
  }

  #partsOf(start: number, count: number): RowsOfParts {
    const { parts, targets } = this.#assigned;
    // Copies: of a view, another thread would be sent all.
    return {
      start,
      parts: parts.slice(start, start + count),
      targets: targets.slice(start, start + count),
    };
  }

  async #encode(
    batch: SourceBatch,
    wanted: readonly number[],
    held: HeldOut | undefined,
  ): Promise<EncodedRows> {
    const { columns, folder, rows } = batch;
    const records = wanted.map((i) => toRecord(columns, rows[i] as readonly unknown[]));
    const read = await this.#transform.read(records, { folder, isConfined: false });
    refuseUnreadable(this.#transform, read);
    return this.#transform.encode(read, held);
  }

  /** Removes what is not published. */
  async abandon(): Promise<void> {
    await this.#published.catch(() => undefined);
    for (const name of PartName.options) await this.#writers[name].abandon();
  }
}

/** Those that could not be read were left out by the scan. */
function refuseUnreadable(transform: FittedTransform, records: readonly object[]): void {
  const { image } = transform;
  if (image === undefined) return;
  for (const record of records as Record<string, unknown>[]) {
    const cell = record[image.column];
    if (!(cell instanceof UnreadableImage)) continue;
    throw new InputError({
      code: 'DataChanged',
      field: 'data',
      value: cell.cell,
      expected: `images that stay as they are while they are read: ${cell.reason}`,
      remedy: 'Run the job again when nobody changes them.',
    });
  }
}
