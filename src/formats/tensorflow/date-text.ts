import type { Output } from '../../ml/graph/graph.ts';
import { type as typeOf } from '../../ml/graph/graph-builder.ts';
import { emitDatePart, emitDaysOfDate, MS_PER_DAY } from '../calendar-graph.ts';
import type { TensorFlowOps } from './tensorflow-ops.ts';

/** The dates and times of `parseDate` (src/ml/data/cell.ts), for RE2: zones are groups 7 and 8. */
const DATE =
  '^(\\d{4})[-/](\\d{1,2})[-/](\\d{1,2})' +
  '(?:[T ](\\d{1,2}):(\\d{2})(?::(\\d{2}(?:\\.\\d+)?))?(Z|[+-]\\d{2}(?::?\\d{2})?)?|(Z|[+-]\\d{2}:?\\d{2}))?$';
const ZONE = '^([+-])(\\d{2}):?(\\d{2})?$';
const NUMBER = { T: typeOf('float64') };

/** Texts [rows] to milliseconds since 1970, UTC, float64; NaN for what is no date. */
export function emitParseDate(ops: TensorFlowOps, text: Output): Output {
  const { builder } = ops;
  const matches = builder.add('RegexFullMatch', [text, textOf(ops, DATE)]);
  const safe = builder.add('SelectV2', [matches, text, textOf(ops, '1970-01-01')], {
    T: typeOf('string'),
  });
  const replace = (value: Output, pattern: string, rewrite: string) =>
    builder.add('RegexReplace', [value, textOf(ops, pattern), textOf(ops, rewrite)], {
      replace_global: { kind: 'bool', value: false },
    });
  const number = (value: Output) =>
    builder.add('StringToNumber', [value], { out_type: typeOf('float64') });
  // A group that is not there is empty; the nought before it makes it a number.
  const group = (index: number) => number(replace(safe, DATE, `0\\${index}`));
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(group) as [
    ...[Output, Output, Output, Output, Output, Output],
  ];
  const zone = replace(replace(safe, DATE, '\\7\\8'), '^Z?$', '+00:00');
  const sign = number(replace(replace(zone, ZONE, '\\11'), '^\\+', ''));
  const [zoneHours, zoneMinutes] = [
    number(replace(zone, ZONE, '\\2')),
    number(replace(zone, ZONE, '0\\3')),
  ];
  const combine = (left: Output, factor: number, right: Output) =>
    ops.arithmetic('add', ops.arithmetic('multiply', left, ops.constant(factor)), right);
  const days = emitDaysOfDate(ops, year, month, day);
  const seconds = combine(combine(hour, 60, minute), 60, second);
  const timeMs = ops.floor(combine(seconds, 1_000, ops.constant(0.5)));
  const offsetMinutes = ops.arithmetic('multiply', sign, combine(zoneHours, 60, zoneMinutes));
  const utc = ops.arithmetic(
    'subtract',
    combine(days, MS_PER_DAY, timeMs),
    ops.arithmetic('multiply', offsetMinutes, ops.constant(60_000)),
  );
  // 31 February comes back as 3 March.
  const midnight = ops.arithmetic('multiply', days, ops.constant(MS_PER_DAY));
  const checks = [
    builder.add('Equal', [emitDatePart(ops, midnight, 'month'), month], NUMBER),
    builder.add('Equal', [emitDatePart(ops, midnight, 'day'), day], NUMBER),
    builder.add('Less', [hour, ops.constant(24)], NUMBER),
    builder.add('Less', [minute, ops.constant(60)], NUMBER),
    builder.add('Less', [second, ops.constant(61)], NUMBER),
  ];
  const isValid = checks.reduce(
    (all, check) => builder.add('LogicalAnd', [all, check], {}),
    matches,
  );
  return builder.add('SelectV2', [isValid, utc, ops.constant(Number.NaN)], NUMBER);
}

const textOf = (ops: TensorFlowOps, value: string): Output =>
  ops.builder.constant({ dtype: 'string', shape: [], values: [value] });
