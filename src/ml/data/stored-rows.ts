import { open } from 'node:fs/promises';
import type { RecordLayout, TargetScale } from '../../schemas/prepared-data.ts';
import type { Task } from '../../schemas/problem.ts';
import { RandomStream } from '../random.ts';
import { type Table, tableBatches } from '../training/table-batches.ts';
import type { Batch, TrainingData } from '../training/training-data.ts';
import { encodeFeatures, type FeatureEncoding, widthOf } from './densify.ts';
import { recordBytes } from './shard-writer.ts';
import { scaleTarget } from './target-scale.ts';

/** Rows that are shuffled together: an epoch's memory is bounded by two such blocks … */
const BLOCK_ROWS = 16_384;
/** … of rows that are not larger than tables have them. */
const BLOCK_BYTES = 2 ** 28;
/** Values that a table of all rows may hold: 64 MiB of float32. */
const TABLE_VALUES = 2 ** 24;

interface Shard {
  readonly path: string;
  readonly rows: number;
}

interface Block {
  readonly path: string;
  readonly start: number;
  readonly rows: number;
}

export interface StoredRowsOptions {
  readonly shards: readonly Shard[];
  readonly layout: RecordLayout;
  readonly targetScale: TargetScale;
  readonly task: Task;
}

/** Prepared rows in shards on this machine, read by range. */
export interface StoredRows extends TrainingData {
  /** Targets in original units, or indices of classes: [rows], in order. */
  originalTargets(): Promise<Float64Array>;
  /** Of all rows the first, and each `every`-th after it. */
  sample(every: number, encoding: FeatureEncoding): Promise<Batch>;
}

export async function openRows(options: StoredRowsOptions): Promise<StoredRows> {
  return new FileRows(options, 'one-hot');
}

class FileRows implements StoredRows {
  readonly rows: number;
  readonly width: number;
  readonly #options: StoredRowsOptions;
  readonly #encoding: FeatureEncoding;
  readonly #blocks: readonly Block[];
  /** The one block of small data, read once and kept. */
  #kept: Promise<Records> | undefined;
  /** All rows of small data, dense, once they were asked for. */
  #table: Promise<Table> | undefined;

  constructor(options: StoredRowsOptions, encoding: FeatureEncoding) {
    this.#options = options;
    this.#encoding = encoding;
    this.rows = options.shards.reduce((sum, { rows }) => sum + rows, 0);
    this.width = widthOf(options.layout, encoding);
    this.#blocks = options.shards.flatMap((shard) => blocksOf(shard, options.layout));
  }

  async table(): Promise<Float32Array | null> {
    const [block, ...others] = this.#blocks;
    if (block === undefined || others.length > 0 || this.rows * this.width > TABLE_VALUES) {
      return null;
    }
    this.#table ??= this.#read(block).then((records) => this.#toTable(records));
    return (await this.#table).features;
  }

  get layout(): RecordLayout {
    return this.#options.layout;
  }

  encodedAs(encoding: FeatureEncoding): TrainingData {
    return encoding === this.#encoding ? this : new FileRows(this.#options, encoding);
  }

  async *batches(
    batchSize: number,
    shuffle?: { readonly seed: number; readonly epoch: number },
  ): AsyncGenerator<Batch> {
    const table = await this.#table;
    if (table !== undefined) {
      yield* tableBatches(table, this.#orderOf(0, this.rows, shuffle), batchSize);
      return;
    }
    // Rows left over from the block before go into the first batch of the next.
    let pending: Records | undefined;
    for await (const block of this.#shuffledBlocks(shuffle)) {
      const records: Records = pending === undefined ? block : joinRecords(pending, block);
      const whole = records.rows - (records.rows % batchSize);
      for (let start = 0; start < whole; start += batchSize) {
        yield this.#toBatch(sliceRecords(records, start, start + batchSize, this.#options.layout));
      }
      pending =
        whole === records.rows
          ? undefined
          : sliceRecords(records, whole, records.rows, this.#options.layout);
    }
    if (pending !== undefined) yield this.#toBatch(pending);
  }

  async originalTargets(): Promise<Float64Array> {
    const targets = new Float64Array(this.rows);
    let row = 0;
    for (const block of this.#blocks) {
      const records = await this.#read(block);
      targets.set(records.targets, row);
      row += records.rows;
    }
    return targets;
  }

  async sample(every: number, encoding: FeatureEncoding): Promise<Batch> {
    const { layout } = this.#options;
    let sampled = emptyRecords(0, layout);
    let start = 0;
    for (const block of this.#blocks) {
      const first = (every - (start % every)) % every;
      const count = Math.max(0, Math.ceil((block.rows - first) / every));
      const wanted = Int32Array.from({ length: count }, (_, i) => first + i * every);
      sampled = joinRecords(sampled, await readRecords(block, layout, wanted));
      start += block.rows;
    }
    return { rows: sampled.rows, ...this.#dense(sampled, encoding) };
  }

  async *#shuffledBlocks(shuffle?: { seed: number; epoch: number }): AsyncGenerator<Records> {
    if (shuffle === undefined) {
      for (const block of this.#blocks) yield await this.#read(block);
      return;
    }
    const { seed, epoch } = shuffle;
    const order = new RandomStream(seed, 'shuffle/blocks', [epoch]).permutation(
      this.#blocks.length,
    );
    for (const index of order) {
      const records = await this.#read(this.#blocks[index] as Block);
      const rows = this.#orderOf(index, records.rows, shuffle);
      yield pickRecords(records, rows, this.#options.layout);
    }
  }

  /** Order of the rows of a block. */
  #orderOf(block: number, rows: number, shuffle?: { seed: number; epoch: number }): Int32Array {
    if (shuffle === undefined) return Int32Array.from({ length: rows }, (_, row) => row);
    const { seed, epoch } = shuffle;
    return Int32Array.from(
      new RandomStream(seed, 'shuffle/rows', [epoch, block]).permutation(rows),
    );
  }

  #read(block: Block): Promise<Records> {
    if (this.#blocks.length > 1) return readRecords(block, this.#options.layout);
    this.#kept ??= readRecords(block, this.#options.layout);
    return this.#kept;
  }

  #toBatch(records: Records): Batch {
    return { rows: records.rows, ...this.#dense(records) };
  }

  #toTable(records: Records): Table {
    return { width: this.width, ...this.#dense(records) };
  }

  #dense(
    records: Records,
    encoding = this.#encoding,
  ): { features: Float32Array; targets: Float64Array } {
    const { layout, targetScale, task } = this.#options;
    const targets =
      task === 'regression'
        ? records.targets.map((value) => scaleTarget(value, targetScale))
        : records.targets;
    return { features: encodeFeatures(records, layout, encoding), targets };
  }
}

/** Decoded records: numerics [rows, numeric], codes [rows, categories], targets [rows]. */
interface Records {
  readonly rows: number;
  readonly numeric: Float32Array;
  readonly codes: Int32Array;
  readonly targets: Float64Array;
}

function blocksOf({ path, rows }: Shard, layout: RecordLayout): Block[] {
  const blocks: Block[] = [];
  const most = Math.min(BLOCK_ROWS, Math.ceil(BLOCK_BYTES / recordBytes(layout)));
  for (let start = 0; start < rows; start += most) {
    blocks.push({ path, start, rows: Math.min(most, rows - start) });
  }
  return blocks;
}

/** @param wanted rows of the block; all where it is left out */
async function readRecords(
  { path, start, rows }: Block,
  layout: RecordLayout,
  wanted?: Int32Array,
): Promise<Records> {
  const size = recordBytes(layout);
  const bytes = new Uint8Array(rows * size);
  const file = await open(path, 'r');
  try {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start * size);
    if (bytesRead !== bytes.length) throw new Error(`${path} is shorter than its record says.`);
  } finally {
    await file.close();
  }
  const count = wanted?.length ?? rows;
  const records = emptyRecords(count, layout);
  const { numeric, codes, targets } = records;
  const [floats, words] = [new Float32Array(bytes.buffer), new Int32Array(bytes.buffer)];
  const targetWords = new Int32Array(targets.buffer);
  const width = layout.numeric;
  const blocks = layout.categories.length;
  for (let row = 0; row < count; row++) {
    let at = ((wanted?.[row] ?? row) * size) / 4;
    for (let i = row * width; i < (row + 1) * width; i++) numeric[i] = floats[at++] as number;
    for (let i = row * blocks; i < (row + 1) * blocks; i++) codes[i] = words[at++] as number;
    targetWords[2 * row] = words[at++] as number;
    targetWords[2 * row + 1] = words[at] as number;
  }
  return records;
}

const emptyRecords = (rows: number, { numeric, categories }: RecordLayout): Records => ({
  rows,
  numeric: new Float32Array(rows * numeric),
  codes: new Int32Array(rows * categories.length),
  targets: new Float64Array(rows),
});

function sliceRecords(records: Records, start: number, end: number, layout: RecordLayout): Records {
  const blocks = layout.categories.length;
  return {
    rows: end - start,
    numeric: records.numeric.subarray(start * layout.numeric, end * layout.numeric),
    codes: records.codes.subarray(start * blocks, end * blocks),
    targets: records.targets.subarray(start, end),
  };
}

function pickRecords(records: Records, order: Int32Array, layout: RecordLayout): Records {
  const picked = emptyRecords(order.length, layout);
  const width = layout.numeric;
  const blocks = layout.categories.length;
  order.forEach((from, to) => {
    picked.numeric.set(records.numeric.subarray(from * width, (from + 1) * width), to * width);
    picked.codes.set(records.codes.subarray(from * blocks, (from + 1) * blocks), to * blocks);
    picked.targets[to] = records.targets[from] as number;
  });
  return picked;
}

function joinRecords(a: Records, b: Records): Records {
  const numeric = new Float32Array(a.numeric.length + b.numeric.length);
  numeric.set(a.numeric);
  numeric.set(b.numeric, a.numeric.length);
  const codes = new Int32Array(a.codes.length + b.codes.length);
  codes.set(a.codes);
  codes.set(b.codes, a.codes.length);
  const targets = new Float64Array(a.rows + b.rows);
  targets.set(a.targets);
  targets.set(b.targets, a.rows);
  return { rows: a.rows + b.rows, numeric, codes, targets };
}
