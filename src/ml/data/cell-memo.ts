import { textOf } from './text-cells.ts';

/** Texts and bytes of theirs that are remembered; where there are more, hardly any comes again soon. */
const MOST_TEXTS = 16_384;
const MOST_BYTES = 2 ** 20;

/** Remembers what follows from a cell by its bytes, as long as few differ: a table with open addressing. */
export class CellMemo<T> {
  readonly #make: (text: string) => T;
  #known: Known<T> | null = new Known();

  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  of(bytes: Buffer, start: number, end: number): T {
    const known = this.#known;
    if (known === null) return this.#make(textOf(bytes, start, end));
    const hash = hashOf(bytes, start, end);
    const place = known.placeOf(bytes, start, end, hash);
    const found = known.places[place] as number;
    if (found !== 0) return known.values[found - 1] as T;
    const made = this.#make(textOf(bytes, start, end));
    if (known.values.length === MOST_TEXTS || known.used + end - start > MOST_BYTES) {
      this.#known = null;
    } else known.add(bytes, start, end, hash, place, made);
    return made;
  }
}

class Known<T> {
  /** One more than the index of a text; 0 where a place is free. At least half are. */
  places = new Int32Array(64);
  readonly values: T[] = [];
  #hashes = new Int32Array(32);
  /** [texts + 1]: where the bytes of each begin. */
  #begins = new Int32Array(33);
  #bytes = new Uint8Array(512);

  /** Bytes of all texts. */
  get used(): number {
    return this.#begins[this.values.length] as number;
  }

  /** Where a text stands, or would stand. */
  placeOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.places.length - 1;
    let place = hash & mask;
    for (;;) {
      const found = this.places[place] as number;
      if (found === 0 || this.#equals(found - 1, bytes, start, end, hash)) return place;
      place = (place + 1) & mask;
    }
  }

  add(bytes: Uint8Array, start: number, end: number, hash: number, place: number, value: T): void {
    const index = this.values.length;
    const begin = this.used;
    if (begin + end - start > this.#bytes.length) {
      const larger = new Uint8Array(2 * (begin + end - start));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes.subarray(start, end), begin);
    this.#begins[index + 1] = begin + end - start;
    this.#hashes[index] = hash;
    this.places[place] = index + 1;
    this.values.push(value);
    if (this.values.length === this.#hashes.length) this.#grow();
  }

  #equals(index: number, bytes: Uint8Array, start: number, end: number, hash: number): boolean {
    const begin = this.#begins[index] as number;
    if (this.#hashes[index] !== hash) return false;
    if ((this.#begins[index + 1] as number) - begin !== end - start) return false;
    for (let i = end - start - 1; i >= 0; i--) {
      if (this.#bytes[begin + i] !== bytes[start + i]) return false;
    }
    return true;
  }

  #grow(): void {
    const room = 2 * this.#hashes.length;
    const hashes = new Int32Array(room);
    hashes.set(this.#hashes);
    const begins = new Int32Array(room + 1);
    begins.set(this.#begins);
    [this.#hashes, this.#begins] = [hashes, begins];
    this.places = new Int32Array(2 * room);
    const mask = this.places.length - 1;
    for (let index = 0; index < this.values.length; index++) {
      let place = (hashes[index] as number) & mask;
      while (this.places[place] !== 0) place = (place + 1) & mask;
      this.places[place] = index + 1;
    }
  }
}

/** FNV-1a, with the upper bits brought down to where places are taken from. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c_9dc5 | 0;
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x0100_0193);
  }
  return hash ^ (hash >>> 15);
}
