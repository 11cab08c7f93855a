import { cellText, isInfinite, levelName, parseBoolean, parseDate, parseNumber } from './cell.ts';

/** Distinct values are counted up to here; beyond, a column is merely "many". */
const MOST_DISTINCT = 20_000;
/** Numbers kept for quantiles: all up to here, then every second, every fourth, … */
const MOST_KEPT = 200_000;

interface FoundCell {
  /** In the table, counted from 1. */
  readonly row: number;
  readonly value: string;
}

/** What the training rows hold in one column, gathered in one pass and in bounded memory. */
export class ColumnProfile {
  readonly name: string;
  /** Values by how often they occur; at most MOST_DISTINCT of them. */
  readonly counts = new Map<string, number>();
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
  /** The first cells that are no number (finite or not), boolean or date. */
  readonly firstOther: {
    numeric?: FoundCell;
    boolean?: FoundCell;
    datetime?: FoundCell;
  } = {};
  #mean = 0;
  #squares = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #kept: number[] = [];
  #stride = 1;
  /** Number less row, of the first number. */
  #offset: number | null = null;
  /** Cells looked at when no more distinct values could be counted. */
  #presentWhenFull: number | null = null;
  readonly #missing: ReadonlySet<string>;

  constructor(name: string, furtherMissing: ReadonlySet<string>) {
    this.name = name;
    this.#missing = furtherMissing;
  }

  /** @param row where the cell stands in the table, counted from 1. */
  add(value: unknown, row: number): void {
    this.rows += 1;
    const text = cellText(value, this.#missing);
    if (text === null) {
      this.missing += 1;
      this.isSequence = false;
      return;
    }
    this.#count(text);
    const number = parseNumber(text);
    if (number !== null) this.#addNumber(number, row);
    else this.#addText(text, row);
    if (parseBoolean(text) !== null) this.booleans += 1;
    else this.firstOther.boolean ??= { row, value: text };
    if (number === null && parseDate(text) !== null) this.dates += 1;
    else this.firstOther.datetime ??= { row, value: text };
  }

  get present(): number {
    return this.rows - this.missing;
  }

  get distinct(): number {
    return this.counts.size;
  }

  get distinctIsExact(): boolean {
    return this.#presentWhenFull === null;
  }

  /** Distinct values a cell; of the cells up to where counting stopped, if it did. */
  get distinctShare(): number {
    return this.distinct / (this.#presentWhenFull ?? this.present);
  }

  /** Mean and population deviation of the numbers, by Welford's updates in the order of the rows. */
  get mean(): number {
    return this.#mean;
  }

  get std(): number {
    return this.numbers === 0 ? 0 : Math.sqrt(this.#squares / this.numbers);
  }

  /** Exact up to MOST_KEPT numbers, of an even sample beyond. */
  quantile(q: number): number {
    const sorted = Float64Array.from(this.#kept).sort();
    if (sorted.length === 0) return 0;
    const position = q * (sorted.length - 1);
    const low = Math.floor(position);
    const below = sorted[low] as number;
    const above = sorted[Math.min(low + 1, sorted.length - 1)] as number;
    return below + (position - low) * (above - below);
  }

  /** Most frequent values first; equals in the order of their text. */
  top(count: number): { value: string; count: number }[] {
    return [...this.counts]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, count)
      .map(([value, occurrences]) => ({ value, count: occurrences }));
  }

  #count(text: string): void {
    const key = levelName(text);
    const seen = this.counts.get(key);
    if (seen !== undefined) this.counts.set(key, seen + 1);
    else if (this.counts.size < MOST_DISTINCT) this.counts.set(key, 1);
    else this.#presentWhenFull ??= this.present - 1;
  }

  #addNumber(value: number, row: number): void {
    this.numbers += 1;
    if (Number.isInteger(value)) this.integers += 1;
    const delta = value - this.#mean;
    this.#mean += delta / this.numbers;
    this.#squares += delta * (value - this.#mean);
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    this.#offset ??= value - row;
    if (value - row !== this.#offset) this.isSequence = false;
    if ((this.numbers - 1) % this.#stride === 0) this.#keep(value);
  }

  #keep(value: number): void {
    this.#kept.push(value);
    if (this.#kept.length < MOST_KEPT) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  #addText(text: string, row: number): void {
    if (isInfinite(text)) this.infinite += 1;
    else this.firstOther.numeric ??= { row, value: text };
    this.words += text.split(/\s+/).length;
    this.characters += text.length;
    this.isSequence = false;
  }
}
