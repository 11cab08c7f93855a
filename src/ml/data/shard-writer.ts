import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFullDisk } from '../../full-disk.ts';
import type { ArtifactRef } from '../../schemas/artifact.ts';
import type { PreparedPart, RecordLayout } from '../../schemas/prepared-data.ts';
import type { EncodedRows } from './fitted-transform.ts';

/** Rows of a shard: the unit that is written, hashed and read by range. */
const ROWS_PER_SHARD = 65_536;

/** Bytes of a record: float32 numerics, int32 codes, one float64 target. */
export const recordBytes = ({ numeric, categories }: RecordLayout): number =>
  4 * numeric + 4 * categories.length + 8;

type Save = (path: string, mediaType: string) => Promise<ArtifactRef>;

/** Writes one part of the prepared data as fixed-width shards. */
export class ShardWriter {
  readonly #layout: RecordLayout;
  readonly #prefix: string;
  readonly #save: Save;
  readonly #shards: PreparedPart['shards'] = [];
  #file: FileHandle | undefined;
  #rowsInFile = 0;
  #rows = 0;

  constructor(layout: RecordLayout, folder: string, part: string, save: Save) {
    this.#layout = layout;
    this.#prefix = join(folder, part);
    this.#save = save;
  }

  async append(encoded: EncodedRows, targets: Float64Array): Promise<void> {
    for (let start = 0; start < encoded.rows; ) {
      const room = ROWS_PER_SHARD - this.#rowsInFile;
      const end = Math.min(encoded.rows, start + room);
      await this.#write(packRecords(this.#layout, encoded, targets, start, end));
      this.#rowsInFile += end - start;
      this.#rows += end - start;
      if (this.#rowsInFile === ROWS_PER_SHARD) await this.#publish();
      start = end;
    }
  }

  async finish(): Promise<PreparedPart> {
    if (this.#rowsInFile > 0) await this.#publish();
    return { rows: this.#rows, shards: this.#shards };
  }

  /** Removes the file that is being written, if there is one. */
  async abandon(): Promise<void> {
    if (this.#file === undefined) return;
    await this.#file.close();
    this.#file = undefined;
    await rm(this.#path, { force: true });
  }

  get #path(): string {
    return `${this.#prefix}-${this.#shards.length}.shard`;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      this.#file ??= await open(this.#path, 'w');
      // Unlike write, this does not stop short on a disk that fills up.
      await this.#file.appendFile(bytes);
    } catch (error) {
      throw explainFullDisk(error, this.#path);
    }
  }

  async #publish(): Promise<void> {
    const path = this.#path;
    const rows = this.#rowsInFile;
    await this.#file?.close();
    this.#file = undefined;
    this.#rowsInFile = 0;
    this.#shards.push({
      artifact: await this.#save(path, 'application/vnd.sevenfold.shard'),
      rows,
    });
  }
}

function packRecords(
  layout: RecordLayout,
  { numeric, codes }: EncodedRows,
  targets: Float64Array,
  start: number,
  end: number,
): Uint8Array {
  const size = recordBytes(layout);
  const width = layout.numeric;
  const blocks = layout.categories.length;
  const view = new DataView(new ArrayBuffer(size * (end - start)));
  for (let row = start; row < end; row++) {
    let offset = (row - start) * size;
    for (let i = 0; i < width; i++, offset += 4) {
      view.setFloat32(offset, numeric[row * width + i] as number, true);
    }
    for (let i = 0; i < blocks; i++, offset += 4) {
      view.setInt32(offset, codes[row * blocks + i] as number, true);
    }
    view.setFloat64(offset, targets[row] as number, true);
  }
  return new Uint8Array(view.buffer);
}
