import { PERIOD } from '../ml/data/date-part.ts';
import type { Cycle, DatePart } from '../schemas/transform.ts';
import type { TensorOps } from './tensor-ops.ts';

export const MS_PER_DAY = 86_400_000;
const MS_PER_HOUR = 3_600_000;
/** Days from 1 March of the year 0 to 1 January 1970. */
const EPOCH = 719_468;

/** Arithmetic with numbers that are written in the graph; whole numbers stay exact in float64. */
function calculator<T>(ops: TensorOps<T>) {
  /** Of whole numbers. The half keeps it exact where TensorFlow multiplies by the reciprocal instead. */
  const quotient = (value: T, divisor: number) =>
    ops.floor(ops.arithmetic('divide', plus(value, 0.5), ops.constant(divisor)));
  const times = (value: T, factor: number) =>
    ops.arithmetic('multiply', value, ops.constant(factor));
  const plus = (value: T, term: number) => ops.arithmetic('add', value, ops.constant(term));
  const sum = (left: T, right: T) => ops.arithmetic('add', left, right);
  const minus = (left: T, right: T) => ops.arithmetic('subtract', left, right);
  const remainder = (value: T, divisor: number) =>
    minus(value, times(quotient(value, divisor), divisor));
  return { quotient, times, plus, sum, minus, remainder };
}

/**
 * A part of a moment [rows] in milliseconds since 1970, UTC. The calendar is counted in whole days
 * of years that begin in March (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
 */
export function emitDatePart<T>(ops: TensorOps<T>, moment: T, part: DatePart): T {
  const [name, wave] = part.split('.') as [Cycle, 'sin' | 'cos' | undefined];
  if (wave === undefined) return emitCounted(ops, moment, part as Counted);
  const turns = ops.arithmetic(
    'multiply',
    sinceBeginning(ops, moment, name),
    ops.constant(2 * Math.PI),
  );
  return ops.wave(wave, ops.arithmetic('divide', turns, ops.constant(PERIOD[name])));
}

type Counted = Exclude<DatePart, `${string}.${string}`>;

/** Units of a cycle that have gone by; of a day hours, with their minutes. */
function sinceBeginning<T>(ops: TensorOps<T>, moment: T, cycle: Cycle): T {
  const { quotient, plus, minus, remainder } = calculator(ops);
  switch (cycle) {
    case 'month':
      return plus(emitCounted(ops, moment, 'month'), -1);
    case 'weekday':
      return emitCounted(ops, moment, 'weekday');
    case 'hour':
      return ops.arithmetic('divide', remainder(moment, MS_PER_DAY), ops.constant(MS_PER_HOUR));
    case 'yearday': {
      const year = emitCounted(ops, moment, 'year');
      const newYear = emitDaysOfDate(ops, year, ops.constant(1), ops.constant(1));
      return minus(quotient(moment, MS_PER_DAY), newYear);
    }
  }
}

function emitCounted<T>(ops: TensorOps<T>, moment: T, part: Counted): T {
  const { quotient, times, plus, sum, minus, remainder } = calculator(ops);
  if (part === 'days') return ops.arithmetic('divide', moment, ops.constant(MS_PER_DAY));
  if (part === 'hour') return quotient(remainder(moment, MS_PER_DAY), MS_PER_HOUR);
  const days = quotient(moment, MS_PER_DAY);
  // 1 January 1970 was a Thursday, and Monday is 0.
  if (part === 'weekday') return remainder(plus(days, 3), 7);
  const sinceMarch0 = plus(days, EPOCH);
  const era = quotient(sinceMarch0, 146_097);
  const dayOfEra = minus(sinceMarch0, times(era, 146_097));
  const leapDays = minus(
    sum(quotient(dayOfEra, 1_460), quotient(dayOfEra, 146_096)),
    quotient(dayOfEra, 36_524),
  );
  const yearOfEra = quotient(minus(dayOfEra, leapDays), 365);
  const dayOfYear = minus(dayOfEra, daysBefore(ops, yearOfEra));
  const monthFromMarch = quotient(plus(times(dayOfYear, 5), 2), 153);
  if (part === 'day') {
    return plus(minus(dayOfYear, quotient(plus(times(monthFromMarch, 153), 2), 5)), 1);
  }
  const isAfterDecember = quotient(monthFromMarch, 10);
  if (part === 'month') return minus(plus(monthFromMarch, 3), times(isAfterDecember, 12));
  return sum(sum(yearOfEra, times(era, 400)), isAfterDecember);
}

/** The other way round: days since 1970 of a date, each [rows]. */
export function emitDaysOfDate<T>(ops: TensorOps<T>, year: T, month: T, day: T): T {
  const { quotient, times, plus, sum, minus, remainder } = calculator(ops);
  const isBeforeMarch = quotient(plus(times(month, -1), 14), 12);
  const yearFromMarch = minus(year, isBeforeMarch);
  const era = quotient(yearFromMarch, 400);
  const yearOfEra = minus(yearFromMarch, times(era, 400));
  const monthFromMarch = remainder(plus(month, 9), 12);
  const dayOfYear = plus(sum(quotient(plus(times(monthFromMarch, 153), 2), 5), day), -1);
  const dayOfEra = sum(daysBefore(ops, yearOfEra), dayOfYear);
  return plus(sum(times(era, 146_097), dayOfEra), -EPOCH);
}

/** Days in the years of an era before this one. */
function daysBefore<T>(ops: TensorOps<T>, yearOfEra: T): T {
  const { quotient, times, sum, minus } = calculator(ops);
  return minus(sum(times(yearOfEra, 365), quotient(yearOfEra, 4)), quotient(yearOfEra, 100));
}
