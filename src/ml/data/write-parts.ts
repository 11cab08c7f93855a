import { InputError } from '../../errors.ts';
import type { ArtifactRef } from '../../schemas/artifact.ts';
import { PartName, type PreparedData } from '../../schemas/prepared-data.ts';
import type { AssignedRows } from './assign-rows.ts';
import { CellEncoder } from './cell-encoder.ts';
import type { EncodedRows, FittedTransform, HeldOut } from './fitted-transform.ts';
import type { HeldOutRows } from './held-out-rows.ts';
import { UnreadableImage } from './images/read-images.ts';
import { ShardWriter } from './shard-writer.ts';
import type { SourceBatch } from './source-rows.ts';
import { Part } from './split.ts';
import { countRows, toRecord } from './table.ts';

type Parts = PreparedData['parts'];

/** Encodes rows and writes each to the shards of its part; a shard ends where a chunk of rows does. */
export class PartsWriter {
  readonly #assigned: AssignedRows;
  readonly #transform: FittedTransform;
  readonly #cells: CellEncoder;
  readonly #held: HeldOutRows;
  readonly #writers: Readonly<Record<PartName, ShardWriter>>;

  /** @param published what an earlier attempt has written */
  constructor(
    assigned: AssignedRows,
    transform: FittedTransform,
    held: HeldOutRows,
    {
      workFolder,
      save,
    }: { readonly workFolder: string; save(path: string, mediaType: string): Promise<ArtifactRef> },
    published?: Parts,
  ) {
    this.#assigned = assigned;
    this.#transform = transform;
    this.#cells = new CellEncoder(transform);
    this.#held = held;
    const writer = (name: PartName) =>
      new ShardWriter(transform.layout, workFolder, name, save, published?.[name]);
    this.#writers = { fit: writer('fit'), validation: writer('validation'), test: writer('test') };
  }

  /** What is published. */
  get parts(): Parts {
    const { fit, validation, test } = this.#writers;
    return { fit: fit.part, validation: validation.part, test: test.part };
  }

  async take(batch: SourceBatch): Promise<void> {
    const { start, next } = batch;
    const { parts, targets } = this.#assigned;
    for (const name of PartName.options) {
      const wanted: number[] = [];
      for (let i = 0; i < countRows(batch); i++) {
        if (parts[start + i] === Part[name]) wanted.push(i);
      }
      if (wanted.length === 0) continue;
      const held = name === 'fit' ? this.#held.of(wanted.map((i) => start + i)) : undefined;
      await this.#writers[name].append(
        await this.#encode(batch, wanted, held),
        Float64Array.from(wanted, (i) => targets[start + i] as number),
      );
    }
    if (next === null) return;
    for (const name of PartName.options) await this.#writers[name].publish();
  }

  async #encode(
    batch: SourceBatch,
    wanted: readonly number[],
    held: HeldOut | undefined,
  ): Promise<EncodedRows> {
    const { columns, folder, cells } = batch;
    // Images are read by their names.
    if (cells !== undefined && this.#transform.image === undefined) {
      return this.#cells.encode(cells, columns, wanted, held);
    }
    const { rows } = batch;
    const records = wanted.map((i) => toRecord(columns, rows[i] as readonly unknown[]));
    const read = await this.#transform.read(records, { folder, isConfined: false });
    refuseUnreadable(this.#transform, read);
    return this.#transform.encode(read, held);
  }

  /** Removes what is not published. */
  async abandon(): Promise<void> {
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
