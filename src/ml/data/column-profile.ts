import type { NumberFormat } from '../../schemas/number-format.ts';
import type { FoundCell, ProfileTallies } from '../../schemas/preparation-state.ts';
import type { TextGrams } from '../../schemas/transform.ts';
import {
  cellText,
  isInfinite,
  isPlaceholder,
  levelName,
  ownText,
  parseBoolean,
  parseDate,
  parseNumber,
} from './cell.ts';
import { CellMemo } from './cell-memo.ts';
import { NumberList } from './number-list.ts';
import { countNumber, type NumberStatistics } from './number-tally.ts';
import { selectAt } from './order-statistic.ts';
import { mayBeGrouped, readDecimal } from './plain-decimal.ts';
import { TermCounts } from './text/term-counts.ts';
import { textOf } from './text-cells.ts';
import { TextMemo } from './text-memo.ts';
import { unitOf } from './written-number.ts';
import { isGroupedByPoint, type Readings, WrittenNumbers } from './written-numbers.ts';

/** Distinct values are counted up to here; beyond, a column is merely "many". */
const MOST_DISTINCT = 20_000;
/** Numbers kept for quantiles: all up to here, then every second, every fourth, … */
const MOST_KEPT = 200_000;

/** Kept apart from the other tallies: what is infinite at first is nothing that JSON can say. */
const NUMBERS = [
  ...['rows', 'missing', 'numbers', 'infinite', 'booleans', 'dates', 'integers'],
  ...['words', 'characters', 'min', 'max', 'mean', 'squares'],
] as const;

/** Texts after which it is seen whether a column's terms are worth their count. */
const FIRST_TEXTS = 200;
const FEW_VALUES = 40;
const FEW_WORDS = 1.5;
const FEW_CHARACTERS = 30;

/** What a cell is by its text alone. */
interface CellFacts {
  readonly text: string;
  readonly level: string;
  readonly isPlaceholder: boolean;
  readonly number: number | null;
  readonly isInfinite: boolean;
  readonly isBoolean: boolean;
  readonly isDate: boolean;
  /** Of a number: whether a point is in it, and whether that may stand between thousands. */
  readonly hasPoint: boolean;
  readonly isGrouped: boolean;
  /** What stands beside the one number in another text; null where there is none such. */
  readonly unit: string | null;
  /** 0 of a number. */
  readonly words: number;
  /** Of its level among the values that are counted; −1 until it is one. */
  place: number;
}

function factsOf(text: string): CellFacts {
  const number = parseNumber(text);
  const isNumber = number !== null;
  return {
    text,
    level: levelName(text),
    isPlaceholder: !isNumber && isPlaceholder(text),
    number,
    isInfinite: !isNumber && isInfinite(text),
    isBoolean: parseBoolean(text) !== null,
    isDate: !isNumber && parseDate(text) !== null,
    hasPoint: isNumber && text.includes('.'),
    isGrouped: isNumber && isGroupedByPoint(text),
    unit: isNumber || !/\d/.test(text) ? null : unitOf(text),
    words: isNumber ? 0 : text.split(/\s+/).length,
    place: -1,
  };
}

/** What a profile's lists have gained since an earlier snapshot. */
export interface ProfileGrowth {
  /** Places in the lists from which on these stand; what stood there before is gone. */
  readonly keysFrom: number;
  readonly keptFrom: number;
  readonly keys: readonly string[];
  readonly kept: Float64Array;
}

/** All else that a profile holds. */
export interface ProfileSnapshot {
  readonly tallies: ProfileTallies;
  readonly numbers: Float64Array;
  /** How often each key occurred, in the order of the keys. */
  readonly counts: Float64Array;
  /** Numbers as people write them, with decimal point and with decimal comma. */
  readonly written: readonly [Float64Array, Float64Array];
  /** Terms of texts; empty where they are not counted. */
  readonly terms: Uint8Array;
}

interface Occurrence {
  readonly value: string;
  readonly count: number;
}

const isBefore = (a: Occurrence, b: Occurrence): boolean =>
  a.count > b.count || (a.count === b.count && a.value < b.value);

/** Where it has to be put in, by bisection. */
function placeAmong(sorted: readonly Occurrence[], one: Occurrence): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(sorted[middle] as Occurrence, one)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Between the two values on both sides of it; these change places. */
function quantileOf(values: Float64Array, q: number): number {
  const position = q * (values.length - 1);
  const low = Math.floor(position);
  const below = selectAt(values, low);
  let above = Number.POSITIVE_INFINITY;
  for (let i = low + 1; i < values.length; i++) above = Math.min(above, values[i] as number);
  return low === values.length - 1 ? below : below + (position - low) * (above - below);
}

/** What the training rows hold in one column, gathered in one pass and in bounded memory. */
export class ColumnProfile {
  readonly name: string;
  rows = 0;
  missing = 0;
  numbers = 0;
  infinite = 0;
  booleans = 0;
  dates = 0;
  integers = 0;
  /** Whether the numbers count the rows of the table, those of other parts between them included. */
  isSequence = true;
  words = 0;
  characters = 0;
  /** Cells that may stand for a missing value, by their text. */
  readonly placeholders = new Map<string, number>();
  readonly written = new WrittenNumbers();
  /** Terms of the texts; null where the column turned out not to be one of free texts. */
  terms: TermCounts | null;
  readonly #isText: boolean;
  /** How the numbers are written, where that is not how programs do. */
  format: NumberFormat | undefined;
  /** The first cells that are no number (finite or not), boolean or date; rows count from 1. */
  readonly firstOther: ProfileTallies['firstOther'] = {};
  /** Mean of the numbers. */
  mean = 0;
  /** Sum of the numbers' squared deviations from the mean. */
  squares = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  readonly #kept = new NumberList();
  #stride = 1;
  /** Number less row, of the first number. */
  #offset: number | null = null;
  /** Cells looked at when no more distinct values could be counted. */
  #presentWhenFull: number | null = null;
  /** How much of the lists was taken by `growth`. */
  #taken = { keys: 0, kept: 0 };
  /** By value; at most MOST_DISTINCT of them. */
  readonly #places = new Map<string, number>();
  /** How often each occurred, by its place. */
  readonly #counts = new NumberList();
  readonly #missing: ReadonlySet<string>;
  /** Whether a plain decimal can be a missing value, because the job says so. */
  readonly #numbersMayBeMissing: boolean;
  readonly #facts = new TextMemo(factsOf);
  /** The same of whole cells by their bytes; null where they are missing. */
  readonly #cells = new CellMemo((cell) => this.#factsOfCell(cell));
  /** The numbers kept, in some order, and the quantiles asked for since the last one was kept. */
  #ordered: { readonly numbers: Float64Array; readonly quantiles: Map<number, number> } | undefined;

  /** @param isText whether the job says that these are texts */
  constructor(
    name: string,
    furtherMissing: ReadonlySet<string>,
    { grams = 'words', isText = false }: { grams?: TextGrams; isText?: boolean } = {},
  ) {
    this.name = name;
    this.terms = new TermCounts(grams);
    this.#isText = isText;
    this.#missing = furtherMissing;
    this.#numbersMayBeMissing = [...furtherMissing].some((text) => parseNumber(text) !== null);
  }

  /**
   * @param row where the cell stands in the table, counted from 1.
   * @returns the level that the cell counts as; null where it is missing
   */
  add(value: unknown, row: number): string | null {
    const text = cellText(value, this.#missing);
    return this.#take(text === null ? null : this.#facts.of(text), row, typeof value === 'number');
  }

  /**
   * As `add` does, of a cell that is text in UTF-8, but gives its level only where that is wanted:
   * fractions are many, and no string is made of one once no more values are told apart.
   */
  addCell(
    bytes: Buffer,
    start: number,
    end: number,
    row: number,
    wantsLevel: boolean,
  ): string | null {
    const number = this.#numbersMayBeMissing ? Number.NaN : readDecimal(bytes, start, end);
    return number - Math.floor(number) > 0
      ? this.#takeFraction(number, bytes, start, end, row, wantsLevel)
      : this.#take(this.#cells.of(bytes, start, end), row, false);
  }

  get present(): number {
    return this.rows - this.missing;
  }

  /** Cells with a value, if placeholders are none. */
  get valued(): number {
    return this.present - [...this.placeholders.values()].reduce((sum, count) => sum + count, 0);
  }

  get distinct(): number {
    return this.#places.size;
  }

  /** Values by how often they occur, in the order in which they came; at most MOST_DISTINCT of them. */
  get counts(): ReadonlyMap<string, number> {
    const counts = this.#counts.all;
    return new Map([...this.#places].map(([value, place]) => [value, counts[place] as number]));
  }

  /** How often a value occurs, among those that are told apart. */
  countOf(value: string): number {
    const place = this.#places.get(value);
    return place === undefined ? 0 : (this.#counts.all[place] as number);
  }

  get distinctIsExact(): boolean {
    return this.#presentWhenFull === null;
  }

  /** Distinct values a cell; of the cells up to where counting stopped, if it did. */
  get distinctShare(): number {
    return this.distinct / (this.#presentWhenFull ?? this.present);
  }

  /** Population deviation of the numbers. */
  get std(): number {
    return this.numbers === 0 ? 0 : Math.sqrt(this.squares / this.numbers);
  }

  /** Exact up to MOST_KEPT numbers, of an even sample beyond. */
  quantile(q: number): number {
    this.#ordered ??= { numbers: this.#kept.from(0), quantiles: new Map() };
    const { numbers, quantiles } = this.#ordered;
    if (numbers.length === 0) return 0;
    const known = quantiles.get(q) ?? quantileOf(numbers, q);
    quantiles.set(q, known);
    return known;
  }

  /** The numbers that quantiles go by: all, or an even sample. */
  get sample(): Float64Array {
    return this.#kept.all;
  }

  /** Share of the numbers below one value or above another, by those that quantiles go by. */
  shareOutside(low: number, high: number): number {
    if (this.min >= low && this.max <= high) return 0;
    let outside = 0;
    for (const value of this.#kept.all) if (value < low || value > high) outside += 1;
    return Math.max(outside, 1) / Math.max(this.#kept.length, 1);
  }

  /** Most frequent values first; equals in the order of their text. */
  top(count: number): Occurrence[] {
    const best: Occurrence[] = [];
    const counts = this.#counts.all;
    for (const [value, place] of this.#places) {
      const each = { value, count: counts[place] as number };
      const last = best[count - 1];
      // Where few are wanted, most end here.
      if (last !== undefined && !isBefore(each, last)) continue;
      best.splice(placeAmong(best, each), 0, each);
      if (best.length > count) best.pop();
    }
    return best;
  }

  /** Has the numbers be those of another way of writing them. */
  readAs(format: NumberFormat): void {
    const tally = this.written.tally(format.decimal);
    if (tally === undefined) throw new TypeError(`Column '${this.name}' has no such numbers.`);
    this.format = format;
    for (const name of ['numbers', 'integers', 'mean', 'squares', 'min', 'max'] as const) {
      this[name] = tally[name];
    }
    this.#ordered = undefined;
    this.#kept.cut(0);
    this.#kept.append(tally.kept);
    this.#stride = tally.stride;
    this.firstOther.numeric = tally.firstOther;
  }

  /** Gives what the lists have gained since it was asked for last. */
  growth(): ProfileGrowth {
    const { keys: keysFrom, kept: keptFrom } = this.#taken;
    this.#taken = { keys: this.#places.size, kept: this.#kept.length };
    // Of a column of many values, all are known after the first rows.
    const keys = keysFrom === this.#places.size ? [] : [...this.#places.keys()].slice(keysFrom);
    return { keysFrom, keptFrom, keys, kept: this.#kept.from(keptFrom) };
  }

  /** All that the lists hold, as if nothing of it had been given before. */
  whole(): ProfileGrowth {
    const keys = [...this.#places.keys()];
    return { keysFrom: 0, keptFrom: 0, keys, kept: this.#kept.from(0) };
  }

  snapshot(): ProfileSnapshot {
    const { isSequence, firstOther } = this;
    const [stride, offset, presentWhenFull] = [this.#stride, this.#offset, this.#presentWhenFull];
    const written = this.written.snapshot();
    return {
      tallies: {
        ...{ isSequence, firstOther: { ...firstOther }, stride, offset, presentWhenFull },
        ...{ placeholders: [...this.placeholders], written: written.tallies },
        countsTerms: this.terms !== null,
      },
      terms: this.terms?.snapshot() ?? Buffer.alloc(0),
      written: written.blobs,
      numbers: Float64Array.from(NUMBERS, (name) => this[name]),
      counts: this.#counts.from(0),
    };
  }

  /** Takes what `growth` gave: all of it, in its order, before `restore`. */
  grow({ keysFrom, keptFrom, keys, kept }: ProfileGrowth): void {
    if (keysFrom !== this.#places.size || keptFrom > this.#kept.length) {
      throw new Error(`A segment of column '${this.name}' is out of its order.`);
    }
    for (const key of keys) this.#newPlace(key, 0);
    this.#ordered = undefined;
    this.#kept.cut(keptFrom);
    this.#kept.append(kept);
    this.#taken = { keys: this.#places.size, kept: this.#kept.length };
  }

  /** Takes what `snapshot` gave, so that further cells are counted as if there had been no break. */
  restore({ tallies, numbers, counts, written, terms }: ProfileSnapshot): void {
    if (tallies.countsTerms) this.terms?.restore(terms);
    else this.terms = null;
    for (const [text, count] of tallies.placeholders) this.placeholders.set(text, count);
    this.written.restore(tallies.written, written);
    this.isSequence = tallies.isSequence;
    Object.assign(this.firstOther, tallies.firstOther);
    this.#stride = tallies.stride;
    this.#offset = tallies.offset;
    this.#presentWhenFull = tallies.presentWhenFull;
    NUMBERS.forEach((name, index) => {
      this[name] = numbers[index] as number;
    });
    this.#counts.cut(0);
    this.#counts.append(counts);
  }

  #factsOfCell(cell: string): CellFacts | null {
    const text = cellText(cell, this.#missing);
    return text === null ? null : factsOf(text);
  }

  #take(facts: CellFacts | null, row: number, isTyped: boolean): string | null {
    this.rows += 1;
    if (facts === null) {
      this.missing += 1;
      this.isSequence = false;
      return null;
    }
    const { text, level, number } = facts;
    if (facts.place >= 0 && !this.#isBeyond(number)) this.#counts.increase(facts.place);
    else facts.place = this.#count(level, number);
    if (facts.isPlaceholder) {
      this.placeholders.set(text, (this.placeholders.get(text) ?? 0) + 1);
      this.isSequence = false;
      this.words += facts.words;
      this.characters += text.length;
      return level;
    }
    if (number === null) this.#addText(facts, row);
    else if (isTyped || !facts.hasPoint) {
      this.written.addPlain(number);
      this.#addNumber(number, row);
    } else this.#addPointed(number, row, facts.isGrouped, text);
    if (facts.isBoolean) this.booleans += 1;
    else this.firstOther.boolean ??= { row, value: text };
    if (facts.isDate) this.dates += 1;
    else this.firstOther.datetime ??= { row, value: text };
    return level;
  }

  #takeFraction(
    number: number,
    bytes: Buffer,
    start: number,
    end: number,
    row: number,
    wantsLevel: boolean,
  ): string | null {
    this.rows += 1;
    const isGrouped = mayBeGrouped(bytes, start, end);
    const { boolean, datetime } = this.firstOther;
    const isFirst = boolean === undefined || datetime === undefined;
    const isText =
      wantsLevel || isFirst || !this.#isBeyond(number) || !this.written.isSettled(isGrouped);
    const text = isText ? textOf(bytes, start, end) : '';
    this.#count(levelName(text), number, true);
    this.#addPointed(number, row, isGrouped, text);
    if (isFirst) {
      this.firstOther.boolean ??= { row, value: text };
      this.firstOther.datetime ??= { row, value: text };
    }
    return levelName(text);
  }

  /** Whether a number is not looked for among values: where no more are told apart, no fractions are. */
  #isBeyond(number: number | null): boolean {
    return this.#places.size >= MOST_DISTINCT && number !== null && !Number.isInteger(number);
  }

  /**
   * Counts one of as many values as can be told apart.
   * @param isOwn whether the level's text is no part of a larger one
   * @returns its place; −1 where it has none
   */
  #count(level: string, number: number | null, isOwn = false): number {
    const seen = this.#isBeyond(number) ? undefined : this.#places.get(level);
    if (seen !== undefined) {
      this.#counts.increase(seen);
      return seen;
    }
    if (this.#places.size < MOST_DISTINCT) return this.#newPlace(isOwn ? level : ownText(level), 1);
    this.#presentWhenFull ??= this.present - 1;
    return -1;
  }

  #newPlace(level: string, count: number): number {
    const place = this.#places.size;
    this.#places.set(level, place);
    this.#counts.push(count);
    return place;
  }

  #statistics(): NumberStatistics {
    const { numbers, integers, mean, squares, min, max } = this;
    return {
      numbers,
      integers,
      mean,
      squares,
      min,
      max,
      kept: this.#kept.all,
      stride: this.#stride,
    };
  }

  #addNumber(value: number, row: number): void {
    countNumber(this, value);
    this.#offset ??= value - row;
    if (value - row !== this.#offset) this.isSequence = false;
    if ((this.numbers - 1) % this.#stride === 0) this.#keep(value);
  }

  #keep(value: number): void {
    this.#ordered = undefined;
    this.#kept.push(value);
    if (this.#kept.length < MOST_KEPT) return;
    this.#kept.halve();
    this.#stride *= 2;
    this.#taken.kept = 0;
  }

  /** Takes a number that may be another one where its point is no decimal point. */
  #addPointed(number: number, row: number, isGrouped: boolean, text: string): void {
    if (this.written.isSettled(isGrouped)) this.written.addPointed(number);
    else {
      const comma = isGrouped ? parseNumber(text.replace('.', '')) : null;
      const readings = { '.': number, ',': comma };
      this.#addWritten({ row, value: text }, number, readings);
    }
    this.#addNumber(number, row);
  }

  #addText({ text, unit, words, isInfinite, isDate }: CellFacts, row: number): void {
    if (this.written.concerns(unit)) {
      this.#addWritten({ row, value: text }, null, this.written.read(text, unit));
    }
    if (isInfinite) this.infinite += 1;
    else this.firstOther.numeric ??= { row, value: text };
    this.words += words;
    this.characters += text.length;
    this.isSequence = false;
    this.#countTerms(text, isDate);
  }

  #addWritten(cell: FoundCell, plain: number | null, readings: Readings): void {
    this.written.add(cell, plain, readings, () => this.#statistics(), this.firstOther.numeric);
  }

  /** Of names and categories they would be counted in vain. */
  #countTerms(text: string, isDate: boolean): void {
    if (this.terms === null || (!this.#isText && isDate)) return;
    this.terms.add(text);
    const { texts } = this.terms;
    if (this.#isText || texts !== FIRST_TEXTS) return;
    const isShort = this.words < FEW_WORDS * texts && this.characters < FEW_CHARACTERS * texts;
    if (this.distinct < FEW_VALUES || isShort) this.terms = null;
  }
}
