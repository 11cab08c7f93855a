import { HashedBytes, HASH_WORDS as WORDS } from './hash-bytes.ts';
import type { TextCells } from './text-cells.ts';

const DIGEST_BYTES = 4 * WORDS;
/** Stands behind each cell. */
const SEPARATOR = 0x1f;

/**
 * A digest of each row's cells, side by side: an object a row would take several times the memory.
 * 96 bits tell a billion rows apart.
 */
export class RowDigests {
  /** [rows, WORDS], and room for more */
  #words: Int32Array;
  #rows = 0;
  readonly #hashed = new HashedBytes();

  /** @param rows that there is room for at first */
  constructor(rows = 1024) {
    this.#words = new Int32Array(WORDS * rows);
  }

  get length(): number {
    return this.#rows;
  }

  push(cells: readonly unknown[]): void {
    this.#hashed.clear();
    for (const cell of cells) this.#add(Buffer.from(String(cell)));
    this.#end();
  }

  /**
   * The same of each of these rows.
   * @param without a field that is left out
   */
  pushAll({ bytes, rows, fields, starts, ends }: TextCells, without?: number): void {
    for (let row = 0, at = 0; row < rows; row++) {
      this.#hashed.clear();
      for (let field = 0; field < fields; field++, at++) {
        if (field === without) continue;
        this.#hashed.add(bytes, starts[at] as number, ends[at] as number, SEPARATOR);
      }
      this.#end();
    }
  }

  /**
   * Of rows as models take them.
   * @param features [rows, width]
   * @param targets [rows]
   */
  pushNumbers(features: Float32Array, targets: Float64Array, rows: number): void {
    const words = new Int32Array(features.buffer, features.byteOffset, features.length);
    // Zero has two signs.
    const targetWords = new Int32Array(targets.map((target) => target + 0).buffer);
    const width = features.length / rows;
    for (let row = 0; row < rows; row++) {
      this.#hashed.clear();
      this.#hashed.addWords(words, row * width, (row + 1) * width);
      this.#hashed.addWords(targetWords, 2 * row, 2 * (row + 1));
      this.#end();
    }
  }

  /** The bytes of the rows from this one on. */
  from(row: number): Uint8Array {
    const words = this.#words.slice(WORDS * row, WORDS * this.#rows);
    return new Uint8Array(words.buffer);
  }

  /** Takes bytes that `from` gave. */
  append(bytes: Uint8Array): void {
    const rows = bytes.length / DIGEST_BYTES;
    this.#makeRoom(rows);
    new Uint8Array(this.#words.buffer).set(bytes, DIGEST_BYTES * this.#rows);
    this.#rows += rows;
  }

  /** Some of a digest's bits. */
  bitsOf(row: number): number {
    return this.#words[WORDS * row] as number;
  }

  areEqual(one: number, other: number): boolean {
    for (let word = 0; word < WORDS; word++) {
      if (this.#words[WORDS * one + word] !== this.#words[WORDS * other + word]) return false;
    }
    return true;
  }

  #add(bytes: Uint8Array): void {
    this.#hashed.add(bytes, 0, bytes.length, SEPARATOR);
  }

  #end(): void {
    this.#makeRoom(1);
    this.#hashed.hash(this.#words, WORDS * this.#rows);
    this.#rows += 1;
  }

  #makeRoom(rows: number): void {
    const needed = WORDS * (this.#rows + rows);
    if (needed <= this.#words.length) return;
    const larger = new Int32Array(2 * needed);
    larger.set(this.#words);
    this.#words = larger;
  }
}

/** Digests of some rows, as `append` takes them. */
export function digestsOf(cells: TextCells, without?: number): Uint8Array {
  const digests = new RowDigests(cells.rows);
  digests.pushAll(cells, without);
  return digests.from(0);
}

/** Rows by their digests: a table with open addressing, half empty at least. */
export class DigestIndex {
  readonly #digests: RowDigests;
  /** One more than the row; 0 where a place is free. */
  readonly #places: Int32Array;

  constructor(digests: RowDigests) {
    this.#digests = digests;
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(2 * digests.length + 2)));
  }

  /** The row that was added and equals this one; undefined where there is none. */
  find(row: number): number | undefined {
    const found = this.#places[this.#placeOf(row)] as number;
    return found === 0 ? undefined : found - 1;
  }

  /** Adds a row, unless one is there that equals it: then it gives that. */
  add(row: number): number | undefined {
    const place = this.#placeOf(row);
    const found = this.#places[place] as number;
    if (found !== 0) return found - 1;
    this.#places[place] = row + 1;
    return undefined;
  }

  #placeOf(row: number): number {
    const mask = this.#places.length - 1;
    let place = this.#digests.bitsOf(row) & mask;
    for (;;) {
      const other = this.#places[place] as number;
      if (other === 0 || this.#digests.areEqual(other - 1, row)) return place;
      place = (place + 1) & mask;
    }
  }
}
