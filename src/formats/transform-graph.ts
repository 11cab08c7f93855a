import { MISSING_TOKENS } from '../ml/data/cell.ts';
import type { FittedTransform } from '../ml/data/fitted-transform.ts';
import type { InputColumn } from '../schemas/model-package.ts';
import type { DatePart, TransformOperation } from '../schemas/transform.ts';
import type { TensorOps } from './tensor-ops.ts';

type Categorical = Extract<TransformOperation, { kind: 'categorical' }>;

/** The fitted transform as a graph: raw columns to features [rows, width], float32. */
export function emitTransform<T>(ops: TensorOps<T>, transform: FittedTransform): T {
  const columns = new Map(
    transform.inputs.map((input: InputColumn) => [input.name, ops.column(input)]),
  );
  const columnOf = (name: string) => columns.get(name) as T;
  const { operations, missing } = transform.document;
  const scaled = operations.filter((operation) => operation.kind !== 'categorical');
  const blocks: T[] = [];
  if (scaled.length > 0) {
    const values = scaled.map((operation) =>
      operation.kind === 'date'
        ? emitDatePart(ops, columnOf(operation.column), operation.part)
        : columnOf(operation.column),
    );
    const imputed = ops.replaceNotFinite(
      ops.stack(values),
      ops.constant(scaled.map(({ impute }) => impute)),
    );
    const shift = ops.constant(scaled.map((operation) => operation.shift));
    const scale = ops.constant(scaled.map((operation) => operation.scale));
    const shifted = ops.arithmetic('subtract', imputed, shift);
    blocks.push(ops.toFloat32(ops.arithmetic('divide', shifted, scale)));
  }
  for (const operation of operations) {
    if (operation.kind === 'categorical') {
      blocks.push(emitOneHot(ops, columnOf(operation.column), operation, missing));
    }
  }
  return ops.concatenate(blocks);
}

function emitOneHot<T>(ops: TensorOps<T>, text: T, operation: Categorical, missing: string[]): T {
  const { levels, other } = operation;
  const extra = levels.length + (other ? 1 : 0);
  const codes = new Map(levels.map((level, code) => [level, code]));
  const codeOfMissing = operation.missing ? extra : -1;
  for (const token of [...missing, ...MISSING_TOKENS.flatMap(inAnyCase)]) {
    codes.set(token, codeOfMissing);
  }
  return ops.oneHot(text, codes, {
    otherwise: other ? levels.length : -1,
    size: extra + (operation.missing ? 1 : 0),
  });
}

/** 'na' → na, nA, Na, NA */
const inAnyCase = (token: string): string[] =>
  [...token].reduce<string[]>(
    (heads, letter) =>
      heads.flatMap((head) =>
        [...new Set([letter, letter.toUpperCase()])].map((each) => head + each),
      ),
    [''],
  );

const MS_PER_DAY = 86_400_000;
const MS_PER_HOUR = 3_600_000;

/**
 * A part of a moment [rows] in milliseconds since 1970, UTC. The calendar is counted in whole days
 * of years that begin in March (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
 */
function emitDatePart<T>(ops: TensorOps<T>, moment: T, part: DatePart): T {
  const by = (value: number) => ops.constant(value);
  const quotient = (value: T, divisor: number) =>
    ops.floor(ops.arithmetic('divide', value, by(divisor)));
  const times = (value: T, factor: number) => ops.arithmetic('multiply', value, by(factor));
  const plus = (value: T, term: number) => ops.arithmetic('add', value, by(term));
  const minus = (left: T, right: T) => ops.arithmetic('subtract', left, right);
  const remainder = (value: T, divisor: number) =>
    minus(value, times(quotient(value, divisor), divisor));
  if (part === 'days') return ops.arithmetic('divide', moment, by(MS_PER_DAY));
  if (part === 'hour') return quotient(remainder(moment, MS_PER_DAY), MS_PER_HOUR);
  const days = quotient(moment, MS_PER_DAY);
  // 1 January 1970 was a Thursday, and Monday is 0.
  if (part === 'weekday') return remainder(plus(days, 3), 7);
  const sinceMarch0 = plus(days, 719_468);
  const era = quotient(sinceMarch0, 146_097);
  const dayOfEra = minus(sinceMarch0, times(era, 146_097));
  const leapDays = minus(
    ops.arithmetic('add', quotient(dayOfEra, 1_460), quotient(dayOfEra, 146_096)),
    quotient(dayOfEra, 36_524),
  );
  const yearOfEra = quotient(minus(dayOfEra, leapDays), 365);
  const daysBefore = minus(
    ops.arithmetic('add', times(yearOfEra, 365), quotient(yearOfEra, 4)),
    quotient(yearOfEra, 100),
  );
  const dayOfYear = minus(dayOfEra, daysBefore);
  const monthFromMarch = quotient(plus(times(dayOfYear, 5), 2), 153);
  if (part === 'day') {
    return plus(minus(dayOfYear, quotient(plus(times(monthFromMarch, 153), 2), 5)), 1);
  }
  const isAfterDecember = quotient(monthFromMarch, 10);
  if (part === 'month') return minus(plus(monthFromMarch, 3), times(isAfterDecember, 12));
  const yearFromMarch = ops.arithmetic('add', yearOfEra, times(era, 400));
  return ops.arithmetic('add', yearFromMarch, isAfterDecember);
}
