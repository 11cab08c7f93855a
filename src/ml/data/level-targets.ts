import { z } from 'zod';
import type { OutOfFold } from '../../schemas/preparation-state.ts';
import { philoxInto, streamKey } from '../random.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat64 } from '../training/snapshot.ts';
import { ownText } from './cell.ts';

/** Parts of the rows that a model is fitted on; each is encoded by what the others say. */
export const FOLDS = 5;
/** Levels that are told apart; later ones are as the mean of all. */
const MOST_LEVELS = 20_000;
/** More classes would be too many inputs a column. */
const MOST_CLASSES = 10;

const Keys = z.array(z.string());

/** Gives a row's fold by its number and the seed alone, whatever was read before. */
export function foldOf(seed: number): (row: number) => number {
  const key = streamKey(seed, 'target-encoding');
  const words = new Uint32Array(4);
  return (row) => {
    philoxInto(words, 0, 0, row >>> 0, 0, key);
    return (words[0] as number) % FOLDS;
  };
}

/** Mean of the target, or of the class `output` stands for, among rows of a level. */
export interface FittedLevels {
  readonly levels: readonly string[];
  readonly values: number[];
  /** Of cells that are missing. */
  readonly missing: number;
  /** Of levels that no row had: the mean of all. */
  readonly otherwise: number;
  /** Population deviation of the values over the rows. */
  readonly spread: number;
  readonly outOfFold: OutOfFold;
}

/** How the target comes out by the levels of a column, fold by fold, over the rows to fit on. */
export class LevelTargets {
  /** Means that a level has: one, or one a class. */
  readonly outputs: number;
  /** Places of levels; missing cells have the first. */
  readonly #places = new Map<string, number>();
  /** [1 + levels, folds, 1 + outputs]: rows, and sums of the target or rows of each class */
  #sums: Float64Array;

  /** @param classes 0 for numbers */
  constructor(classes: number) {
    this.outputs = classes > 2 ? classes : 1;
    this.#sums = new Float64Array(64 * this.#stride);
  }

  static suits(classes: number): boolean {
    return classes <= MOST_CLASSES;
  }

  /** @param target a number, or the index of a class */
  add(level: string | null, fold: number, target: number): void {
    const place = level === null ? 0 : this.#placeOf(level);
    if (place === undefined) return;
    const at = place * this.#stride + fold * (1 + this.outputs);
    this.#sums[at] = (this.#sums[at] as number) + 1;
    const output = this.outputs > 1 ? target : 0;
    const amount = this.outputs > 1 ? 1 : target;
    this.#sums[at + 1 + output] = (this.#sums[at + 1 + output] as number) + amount;
  }

  /**
   * Means of an output by level, drawn to the mean of all as if so many more rows had it
   * (Micci-Barreca, 2001): over all rows, and for each fold over the rows of the others.
   */
  fit(output: number, smoothing: number): FittedLevels {
    const whole = this.#means(output, smoothing, null);
    const outOfFold = Array.from({ length: FOLDS }, (_, fold) => {
      const { values, missing, otherwise } = this.#means(output, smoothing, fold);
      return { values, missing, otherwise };
    });
    return { levels: [...this.#places.keys()], ...whole, outOfFold };
  }

  snapshot(): Uint8Array {
    const used = this.#sums.slice(0, (this.#places.size + 1) * this.#stride);
    return encodeSnapshot([...this.#places.keys()], [bytesOf(used)]);
  }

  restore(bytes: Uint8Array): void {
    const { document, blobs } = decodeSnapshot(bytes);
    for (const level of Keys.parse(document)) this.#places.set(level, this.#places.size + 1);
    this.#sums = toFloat64(blobs[0] as Uint8Array);
  }

  get #stride(): number {
    return FOLDS * (1 + this.outputs);
  }

  #placeOf(level: string): number | undefined {
    const known = this.#places.get(level);
    if (known !== undefined || this.#places.size >= MOST_LEVELS) return known;
    const place = this.#places.size + 1;
    this.#places.set(ownText(level), place);
    if ((place + 1) * this.#stride > this.#sums.length) {
      const larger = new Float64Array(2 * (place + 1) * this.#stride);
      larger.set(this.#sums);
      this.#sums = larger;
    }
    return place;
  }

  /** @param without a fold that is left out */
  #means(output: number, smoothing: number, without: number | null) {
    const places = this.#places.size + 1;
    const rows = new Float64Array(places);
    const sums = new Float64Array(places);
    let [allRows, allSum] = [0, 0];
    for (let place = 0; place < places; place++) {
      for (let fold = 0; fold < FOLDS; fold++) {
        if (fold === without) continue;
        const at = place * this.#stride + fold * (1 + this.outputs);
        rows[place] = (rows[place] as number) + (this.#sums[at] as number);
        sums[place] = (sums[place] as number) + (this.#sums[at + 1 + output] as number);
      }
      allRows += rows[place] as number;
      allSum += sums[place] as number;
    }
    const otherwise = allSum / Math.max(allRows, 1);
    const means = Array.from(
      rows,
      (count, place) =>
        ((sums[place] as number) + smoothing * otherwise) / Math.max(count + smoothing, 1e-12),
    );
    const squares = means.reduce(
      (sum, mean, place) => sum + (rows[place] as number) * (mean - otherwise) ** 2,
      0,
    );
    const [missing = otherwise, ...values] = means;
    return { values, missing, otherwise, spread: Math.sqrt(squares / Math.max(allRows, 1)) };
  }
}
