import type { FoundCell } from '../../schemas/preparation-state.ts';

/** Numbers kept for quantiles: all up to here, then every second, every fourth, … */
const MOST_KEPT = 20_000;

/** What there is to say of the numbers of a column. */
export interface NumberStatistics {
  readonly numbers: number;
  readonly integers: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly squares: number;
  readonly min: number;
  readonly max: number;
  /** Of the numbers in order, each `stride`-th. */
  readonly kept: readonly number[] | Float64Array;
  readonly stride: number;
}

/** What each number changes. */
type Counted = {
  -readonly [Name in
    | 'numbers'
    | 'integers'
    | 'mean'
    | 'squares'
    | 'min'
    | 'max']: NumberStatistics[Name];
};

/** Counts one number more; mean and squares by Welford's updates, in the order of the calls. */
export function countNumber(into: Counted, value: number): void {
  into.numbers += 1;
  if (Number.isInteger(value)) into.integers += 1;
  const delta = value - into.mean;
  into.mean += delta / into.numbers;
  into.squares += delta * (value - into.mean);
  into.min = Math.min(into.min, value);
  into.max = Math.max(into.max, value);
}

/** Numbers of a column in one way of reading them, counted on from a first part that every way reads alike. */
export class NumberTally implements NumberStatistics {
  numbers: number;
  integers: number;
  mean: number;
  squares: number;
  min: number;
  max: number;
  kept: number[];
  stride: number;
  /** The first cell that is a number in this way alone; NaN until there is one. */
  first: FoundCell & { readonly number: number };
  /** The first cell that is no number in this way either. */
  firstOther: FoundCell | undefined;

  constructor(
    before: NumberStatistics,
    first: FoundCell & { readonly number: number },
    firstOther: FoundCell | undefined,
  ) {
    this.numbers = before.numbers;
    this.integers = before.integers;
    this.mean = before.mean;
    this.squares = before.squares;
    this.min = before.min;
    this.max = before.max;
    this.kept = [...before.kept];
    this.stride = before.stride;
    this.first = first;
    this.firstOther = firstOther;
    this.#thin();
  }

  add(value: number): void {
    countNumber(this, value);
    if ((this.numbers - 1) % this.stride !== 0) return;
    this.kept.push(value);
    this.#thin();
  }

  #thin(): void {
    while (this.kept.length >= MOST_KEPT) {
      this.kept = this.kept.filter((_, index) => index % 2 === 0);
      this.stride *= 2;
    }
  }
}

/** Numbers of a tally, as a blob of a profile's snapshot holds them. */
export const packTally = (tally: NumberStatistics): number[] => [
  ...[tally.numbers, tally.integers, tally.mean, tally.squares, tally.min, tally.max],
  ...[tally.stride, ...tally.kept],
];

export function unpackTally(values: Float64Array): NumberStatistics {
  const at = (index: number) => values[index] as number;
  return {
    ...{ numbers: at(0), integers: at(1), mean: at(2), squares: at(3), min: at(4), max: at(5) },
    ...{ stride: at(6), kept: [...values.subarray(7)] },
  };
}
