import type { NumberFormat } from '../../schemas/number-format.ts';
import type { FoundCell, WrittenTallies } from '../../schemas/preparation-state.ts';
import { type NumberStatistics, NumberTally, packTally, unpackTally } from './number-tally.ts';
import { readWritten } from './written-number.ts';

/** Units that are told apart. */
const MOST_UNITS = 20;

/** Groups of three digits after points, of a number that is one with point too: just one such group. */
const POINTS = /^[-+]?[1-9]\d{0,2}\.\d{3}(?:[eE]|$)/;

/** Whether people who write decimal commas would take the point of a number for one between thousands. */
export const isGroupedByPoint = (text: string): boolean => POINTS.test(text);

type Decimal = NumberFormat['decimal'];

/** What a cell is with either decimal sign; null for no number. */
export type Readings = Readonly<Record<Decimal, number | null>>;

const DECIMALS = ['.', ','] as const;

/**
 * The numbers of a column as they would be with decimal point and with decimal comma, thousands
 * separators and the first unit that occurs. Nothing is kept until a cell needs it.
 */
export class WrittenNumbers {
  /** The one unit that numbers may have; null while none has occurred. */
  unit: string | null = null;
  /** Cells by unit, the bare ones apart. */
  readonly units = new Map<string, number>();
  /** Cells that are different numbers with point and with comma. */
  ambiguous = 0;
  readonly #tallies: Partial<Record<Decimal, NumberTally>> = {};

  tally(decimal: Decimal): NumberTally | undefined {
    return this.#tallies[decimal];
  }

  /**
   * Whether a text that is no number as programs write them may be one as people do.
   * @param unit what stands beside the number in it; null where there is none such
   */
  concerns(unit: string | null): boolean {
    return unit !== null || this.#tallies['.'] !== undefined || this.#tallies[','] !== undefined;
  }

  /** Whether a number with point is none with comma, as others before it, so that there is nothing new to it. */
  isSettled(isGrouped: boolean): boolean {
    return !isGrouped && this.#tallies[',']?.firstOther !== undefined;
  }

  /** Takes a cell that is a number with point alone. */
  addPointed(value: number): void {
    this.#tallies['.']?.add(value);
  }

  /** Takes a cell that is the same number in every way. */
  addPlain(value: number): void {
    this.#tallies['.']?.add(value);
    this.#tallies[',']?.add(value);
  }

  /** Reads a text that is `concerned`, and counts its unit. */
  read(text: string, unit: string | null): Readings {
    if (unit === null) return { '.': null, ',': null };
    if (unit !== '') {
      if (this.units.has(unit) || this.units.size < MOST_UNITS) {
        this.units.set(unit, (this.units.get(unit) ?? 0) + 1);
      }
      this.unit ??= unit;
      if (unit !== this.unit) return { '.': null, ',': null };
    }
    return {
      '.': readWritten(text, { decimal: '.', unit }),
      ',': readWritten(text, { decimal: ',', unit }),
    };
  }

  /**
   * Takes a cell that may be another number as people write them, before it is counted elsewhere.
   * @param plain what it is as programs write numbers; null where it is none
   * @param before what was counted before this cell
   */
  add(
    cell: FoundCell,
    plain: number | null,
    readings: Readings,
    before: () => NumberStatistics,
    firstOther: FoundCell | undefined,
  ): void {
    for (const decimal of DECIMALS) {
      const reading = readings[decimal];
      if (this.#tallies[decimal] === undefined && reading === plain) continue;
      this.#tallies[decimal] ??= new NumberTally(
        before(),
        { ...cell, number: reading ?? Number.NaN },
        firstOther,
      );
      const tally = this.#tallies[decimal];
      if (Number.isNaN(tally.first.number) && reading !== null && reading !== plain) {
        tally.first = { ...cell, number: reading };
      }
      if (reading === null) tally.firstOther ??= cell;
      else tally.add(reading);
    }
    if (readings['.'] !== null && readings[','] !== null && readings['.'] !== readings[',']) {
      this.ambiguous += 1;
    }
  }

  snapshot(): { tallies: WrittenTallies; blobs: [Float64Array, Float64Array] } {
    const state = (decimal: Decimal) => {
      const tally = this.#tallies[decimal];
      if (tally === undefined) return null;
      const { first, firstOther } = tally;
      const number = Number.isNaN(first.number) ? null : first.number;
      return { first: { ...first, number }, firstOther: firstOther ?? null };
    };
    const blob = (decimal: Decimal) => {
      const tally = this.#tallies[decimal];
      return Float64Array.from(tally === undefined ? [] : packTally(tally));
    };
    return {
      tallies: {
        ...{ unit: this.unit, units: [...this.units], ambiguous: this.ambiguous },
        ...{ point: state('.'), comma: state(',') },
      },
      blobs: [blob('.'), blob(',')],
    };
  }

  restore(tallies: WrittenTallies, blobs: readonly [Float64Array, Float64Array]): void {
    this.unit = tallies.unit;
    this.ambiguous = tallies.ambiguous;
    for (const [unit, count] of tallies.units) this.units.set(unit, count);
    const states = [tallies.point, tallies.comma];
    DECIMALS.forEach((decimal, index) => {
      const state = states[index];
      if (!state) return;
      const { first, firstOther } = state;
      const number = first.number ?? Number.NaN;
      const before = unpackTally(blobs[index] as Float64Array);
      this.#tallies[decimal] = new NumberTally(
        before,
        { ...first, number },
        firstOther ?? undefined,
      );
    });
  }
}
