import { hash } from 'node:crypto';

/** Of 32 bits: 96 bits tell a billion rows apart. */
const WORDS = 3;
const DIGEST_BYTES = 4 * WORDS;

/** A digest of each row's cells, side by side: an object a row would take several times the memory. */
export class RowDigests {
  /** [rows, WORDS], and room for more */
  #words = new Int32Array(WORDS * 1024);
  #rows = 0;

  get length(): number {
    return this.#rows;
  }

  push(cells: readonly unknown[]): void {
    this.append(hash('sha1', cells.map(String).join('\u001f'), 'buffer').subarray(0, DIGEST_BYTES));
  }

  /** The bytes of the rows from this one on. */
  from(row: number): Uint8Array {
    const words = this.#words.slice(WORDS * row, WORDS * this.#rows);
    return new Uint8Array(words.buffer);
  }

  /** Takes bytes that `from` gave. */
  append(bytes: Uint8Array): void {
    const rows = bytes.length / DIGEST_BYTES;
    const needed = WORDS * (this.#rows + rows);
    if (needed > this.#words.length) {
      const larger = new Int32Array(2 * needed);
      larger.set(this.#words);
      this.#words = larger;
    }
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
