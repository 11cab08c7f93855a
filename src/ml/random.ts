const NO_WORDS = new Uint32Array(0);
/** Words that a stream draws ahead at most. */
const MOST_AHEAD = 256;

/**
 * Randomness by counter: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011). A stream is named by seed, purpose and indices, so that what it gives depends on
 * nothing that was drawn before, elsewhere or in another process. Nothing else in Sevenfold draws.
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #indices: readonly [number, number];
  #block: number;
  /** Drawn ahead: a block for the first words, and twice as many each time that more are wanted. */
  #words = NO_WORDS;
  #used = 0;

  /** @param block where to go on: the number of blocks of four words already drawn. */
  constructor(seed: number, purpose: string, indices: readonly number[] = [], block = 0) {
    this.#key = streamKey(seed, purpose);
    this.#indices = [(indices[0] ?? 0) >>> 0, (indices[1] ?? 0) >>> 0];
    this.#block = block;
  }

  /** Uniform over [0, 2³²). */
  uint32(): number {
    if (this.#used === this.#words.length) this.#drawAhead();
    const word = this.#words[this.#used] as number;
    this.#used += 1;
    return word;
  }

  /** Uniform over [0, 1), with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Uniform over the integers [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** The integers 0 … count − 1 in random order (Fisher and Yates). */
  permutation(count: number): Uint32Array {
    const order = new Uint32Array(count);
    for (let i = 0; i < count; i++) order[i] = i;
    for (let last = count - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const held = order[last] as number;
      order[last] = order[other] as number;
      order[other] = held;
    }
    return order;
  }

  /** Blocks one after another take a third of the time that each by itself does. */
  #drawAhead(): void {
    const words = new Uint32Array(Math.min(MOST_AHEAD, Math.max(4, 2 * this.#words.length)));
    const [first, second] = this.#indices;
    const key = this.#key;
    let block = this.#block;
    for (let at = 0; at < words.length; at += 4) {
      philoxInto(words, block >>> 0, Math.floor(block / 2 ** 32) >>> 0, first, second, key, at);
      block += 1;
    }
    this.#words = words;
    this.#used = 0;
    this.#block = block;
  }
}

/** Philox's key of a stream, for those who draw from it elsewhere (in a graph). */
export const streamKey = (seed: number, purpose: string): readonly [number, number] => [
  seed >>> 0,
  hashText(purpose),
];

const MULTIPLIER_0 = 0xd251_1f53;
const MULTIPLIER_1 = 0xcd9e_8d57;
const WEYL_0 = 0x9e37_79b9;
const WEYL_1 = 0xbb67_ae85;

/** One block: four words from a counter of four and a key of two. */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): Uint32Array {
  const words = new Uint32Array(4);
  philoxInto(words, ...counter, key);
  return words;
}

/** The same, written into memory that is there already, from a place on. */
export function philoxInto(
  words: Uint32Array,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
  key: readonly [number, number],
  at = 0,
): void {
  let a = word0;
  let b = word1;
  let c = word2;
  let d = word3;
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, a);
    const low0 = Math.imul(MULTIPLIER_0, a) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c);
    const low1 = Math.imul(MULTIPLIER_1, c) >>> 0;
    a = (high1 ^ b ^ k0) >>> 0;
    c = (high0 ^ d ^ k1) >>> 0;
    b = low1;
    d = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  words[at] = a;
  words[at + 1] = b;
  words[at + 2] = c;
  words[at + 3] = d;
}

/** Upper 32 bits of the 64-bit product. */
function multiplyHigh(x: number, y: number): number {
  const xLow = x & 0xffff;
  const xHigh = x >>> 16;
  const yLow = y & 0xffff;
  const yHigh = y >>> 16;
  const middle = xHigh * yLow + ((xLow * yLow) >>> 16);
  const carried = (middle & 0xffff) + xLow * yHigh;
  return (xHigh * yHigh + (middle >>> 16) + (carried >>> 16)) >>> 0;
}

/** FNV-1a of a text's UTF-8, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return hash >>> 0;
}
