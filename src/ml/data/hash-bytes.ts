/** 32-bit words of a hash. */
export const HASH_WORDS = 3;

const [C1, C2, C3, C4] = [0x239b_961b, 0xab0e_9789, 0x38b3_4ae5, 0xa1e3_8b93];

/**
 * Bytes that are hashed many times over: MurmurHash3 (Appleby, x86, 128 bits), of which 96 are kept.
 * No secret depends on it, and it takes a tenth of the time that SHA-1 takes of so few bytes.
 */
export class HashedBytes {
  #words = new Int32Array(256);
  /** The same memory as `#words`. */
  #bytes = new Uint8Array(this.#words.buffer);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** Adds bytes, and one behind them. */
  add(bytes: Uint8Array, start: number, end: number, mark: number): void {
    // Room for what fills the last block, too.
    const needed = this.#length + end - start + 17;
    if (needed > this.#bytes.length) this.#grow(needed);
    const own = this.#bytes;
    let at = this.#length;
    for (let from = start; from < end; from++) own[at++] = bytes[from] as number;
    own[at] = mark;
    this.#length = at + 1;
  }

  /** Adds some of these words. */
  addWords(words: Int32Array, start: number, end: number): void {
    const length = this.#length + 4 * (end - start);
    if (length + 16 > this.#bytes.length) this.#grow(length + 16);
    const own = this.#words;
    let at = this.#length / 4;
    for (let from = start; from < end; from++) own[at++] = words[from] as number;
    this.#length = length;
  }

  /** Writes HASH_WORDS words. */
  hash(into: Int32Array, at: number): void {
    const length = this.#length;
    const blocks = Math.ceil(length / 16);
    for (let byte = length; byte < 16 * blocks; byte++) this.#bytes[byte] = 0;
    const words = this.#words;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let word = 0; word < 4 * blocks; word += 4) {
      a ^= Math.imul(rotate(Math.imul(words[word] as number, C1), 15), C2);
      a = (Math.imul(rotate(a, 19) + b, 5) + 0x561c_cd1b) | 0;
      b ^= Math.imul(rotate(Math.imul(words[word + 1] as number, C2), 16), C3);
      b = (Math.imul(rotate(b, 17) + c, 5) + 0x0bca_a747) | 0;
      c ^= Math.imul(rotate(Math.imul(words[word + 2] as number, C3), 17), C4);
      c = (Math.imul(rotate(c, 15) + d, 5) + 0x96cd_1c35) | 0;
      d ^= Math.imul(rotate(Math.imul(words[word + 3] as number, C4), 18), C1);
      d = (Math.imul(rotate(d, 13) + a, 5) + 0x32ac_3b17) | 0;
    }
    a = ((a ^ length) + (b ^ length) + (c ^ length) + (d ^ length)) | 0;
    b = finish((b ^ length) + a);
    c = finish((c ^ length) + a);
    d = finish((d ^ length) + a);
    a = (finish(a) + b + c + d) | 0;
    into[at] = a;
    into[at + 1] = (b + a) | 0;
    into[at + 2] = (c + a) | 0;
  }

  #grow(bytes: number): void {
    const words = new Int32Array(4 * Math.ceil(bytes / 8));
    words.set(this.#words);
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer);
  }
}

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
