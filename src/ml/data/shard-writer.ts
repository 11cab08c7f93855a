import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFullDisk } from '../../full-disk.ts';
import type { ArtifactRef } from '../../schemas/artifact.ts';
import type { PreparedPart, RecordLayout } from '../../schemas/prepared-data.ts';
import type { EncodedRows } from './fitted-transform.ts';

/** Bytes of a record: float32 numerics, int32 codes, one float64 target. */
export const recordBytes = ({ numeric, categories }: RecordLayout): number =>
  4 * numeric + 4 * categories.length + 8;

type Save = (path: string, mediaType: string) => Promise<ArtifactRef>;

/** Writes one part of the prepared data as fixed-width shards, each whole when it is published. */
export class ShardWriter {
  readonly #layout: RecordLayout;
  readonly #prefix: string;
  readonly #save: Save;
  readonly #shards: PreparedPart['shards'];
  #file: FileHandle | undefined;
  #rowsInFile = 0;
  /** Those that are written, in memory that is taken once. */
  #records = new Float32Array(0);

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
  }

  /** What is published. */
  get part(): PreparedPart {
    const rows = this.#shards.reduce((sum, shard) => sum + shard.rows, 0);
    return { rows, shards: [...this.#shards] };
  }

  /** Adds rows to the shard that is being written. */
  async append(encoded: EncodedRows, targets: Float64Array): Promise<void> {
    if (encoded.rows === 0) return;
    const words = encoded.rows * (recordBytes(this.#layout) / 4);
    if (this.#records.length < words) this.#records = new Float32Array(words);
    const records = this.#records.subarray(0, words);
    packRecords(this.#layout, encoded, targets, records);
    await this.#write(new Uint8Array(records.buffer, 0, records.byteLength));
    this.#rowsInFile += encoded.rows;
  }

  /** Ends the shard, if there are rows in it. */
  async publish(): Promise<void> {
    if (this.#rowsInFile === 0) return;
    const path = this.#path;
    const rows = this.#rowsInFile;
    await this.#file?.close();
    this.#file = undefined;
    this.#rowsInFile = 0;
    const artifact = await this.#save(path, 'application/vnd.sevenfold.shard');
    this.#shards.push({ artifact, rows });
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
}

/** @param floats [rows, record]: a record is whole words, of which a float64 is two */
function packRecords(
  layout: RecordLayout,
  { rows, numeric, codes }: EncodedRows,
  targets: Float64Array,
  floats: Float32Array,
): void {
  const width = layout.numeric;
  const blocks = layout.categories.length;
  const record = floats.length / rows;
  const words = new Int32Array(floats.buffer);
  const targetWords = new Int32Array(targets.buffer, targets.byteOffset, 2 * rows);
  for (let row = 0; row < rows; row++) {
    let at = row * record;
    for (let i = row * width; i < (row + 1) * width; i++) floats[at++] = numeric[i] as number;
    for (let i = row * blocks; i < (row + 1) * blocks; i++) words[at++] = codes[i] as number;
    words[at++] = targetWords[2 * row] as number;
    words[at] = targetWords[2 * row + 1] as number;
  }
}
