import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFullDisk } from '../../full-disk.ts';
import type { ArtifactRef } from '../../schemas/artifact.ts';
import type { PreparedPart, RecordLayout } from '../../schemas/prepared-data.ts';
import type { EncodedRows } from './fitted-transform.ts';

/** Bytes of a record: float32 numerics, int32 codes, one float64 target. */
export const recordBytes = ({ numeric, categories }: RecordLayout): number =>
  4 * numeric + 4 * categories.length + 8;

export const recordWords = (layout: RecordLayout): number => recordBytes(layout) / 4;

type Save = (path: string, mediaType: string) => Promise<ArtifactRef>;

/** Words of records that are written at once. */
const ROOM = 2 ** 18;

/** Writes one part of the prepared data as fixed-width shards, each whole when it is published. */
export class ShardWriter {
  readonly #layout: RecordLayout;
  readonly #prefix: string;
  readonly #save: Save;
  readonly #shards: PreparedPart['shards'];
  #file: FileHandle | undefined;
  #rowsInFile = 0;
  /** Shards that were ended, by earlier attempts too. */
  #ended: number;
  /** Those that are not written yet, in memory that is taken once. */
  #records = new Float32Array(0);
  /** Words of it that hold some. */
  #used = 0;

  /** @param published by an earlier attempt */
  constructor(
    layout: RecordLayout,
    folder: string,
    part: string,
    save: Save,
    { shards }: Pick<PreparedPart, 'shards'> = { shards: [] },
  ) {
    this.#layout = layout;
    this.#prefix = join(folder, part);
    this.#save = save;
    this.#shards = [...shards];
    this.#ended = shards.length;
  }

  /** What is published. */
  get part(): PreparedPart {
    const rows = this.#shards.reduce((sum, shard) => sum + shard.rows, 0);
    return { rows, shards: [...this.#shards] };
  }

  /** Adds rows to the shard that is being written. */
  async append(encoded: EncodedRows, targets: Float64Array): Promise<void> {
    if (encoded.rows === 0) return;
    const records = await this.#room(encoded.rows);
    packRecords(this.#layout, encoded, targets, records);
  }

  /** Adds rows that are packed already. */
  async appendRecords(records: Float32Array, rows: number): Promise<void> {
    if (rows > 0) (await this.#room(rows)).set(records);
  }

  /** Ends the shard, if there are rows in it, and publishes it. */
  async publish(): Promise<void> {
    const publish = await this.end();
    await publish();
  }

  /** Ends the shard, if there are rows in it. @returns what publishes it, while rows are added to the next */
  async end(): Promise<() => Promise<void>> {
    if (this.#rowsInFile === 0) return async () => undefined;
    const path = this.#path;
    const rows = this.#rowsInFile;
    await this.#write();
    await this.#file?.close();
    this.#file = undefined;
    this.#rowsInFile = 0;
    this.#ended += 1;
    return async () => {
      const artifact = await this.#save(path, 'application/vnd.sevenfold.shard');
      this.#shards.push({ artifact, rows });
    };
  }

  /** Removes the file that is being written, if there is one. */
  async abandon(): Promise<void> {
    if (this.#file === undefined) return;
    await this.#file.close();
    this.#file = undefined;
    this.#used = 0;
    await rm(this.#path, { force: true });
  }

  get #path(): string {
    return `${this.#prefix}-${this.#ended}.shard`;
  }

  /** Where so many rows are to be packed. */
  async #room(rows: number): Promise<Float32Array> {
    const words = rows * (recordBytes(this.#layout) / 4);
    if (this.#used + words > this.#records.length) {
      await this.#write();
      if (words > this.#records.length) this.#records = new Float32Array(Math.max(words, ROOM));
    }
    this.#used += words;
    this.#rowsInFile += rows;
    return this.#records.subarray(this.#used - words, this.#used);
  }

  /** Writes what is packed. */
  async #write(): Promise<void> {
    if (this.#used === 0) return;
    try {
      this.#file ??= await open(this.#path, 'w');
      // Unlike write, this does not stop short on a disk that fills up.
      await this.#file.appendFile(new Uint8Array(this.#records.buffer, 0, 4 * this.#used));
      this.#used = 0;
    } catch (error) {
      throw explainFullDisk(error, this.#path);
    }
  }
}

/** @param floats [rows, record]: a record is whole words, of which a float64 is two */
export function packRecords(
  layout: RecordLayout,
  { rows, numeric, codes }: EncodedRows,
  targets: Float64Array,
  floats: Float32Array,
): void {
  const width = layout.numeric;
  const blocks = layout.categories.length;
  const record = floats.length / rows;
  const words = new Int32Array(floats.buffer, floats.byteOffset, floats.length);
  const targetWords = new Int32Array(targets.buffer, targets.byteOffset, 2 * rows);
  for (let row = 0; row < rows; row++) {
    let at = row * record;
    for (let i = row * width; i < (row + 1) * width; i++) floats[at++] = numeric[i] as number;
    for (let i = row * blocks; i < (row + 1) * blocks; i++) words[at++] = codes[i] as number;
    words[at++] = targetWords[2 * row] as number;
    words[at] = targetWords[2 * row + 1] as number;
  }
}
