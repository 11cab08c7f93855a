import { MISSING_TOKENS } from '../ml/data/cell.ts';
import {
  type FittedTransform,
  isScaled,
  placesOfLevels,
  type TargetOperation,
} from '../ml/data/fitted-transform.ts';
import type { InputColumn } from '../schemas/model-package.ts';
import type { TransformOperation } from '../schemas/transform.ts';
import { emitDatePart } from './calendar-graph.ts';
import { emitParts } from './power-graph.ts';
import type { TensorOps } from './tensor-ops.ts';

type Categorical = Extract<TransformOperation, { kind: 'categorical' }>;
type Scaled = Exclude<TransformOperation, { kind: 'categorical' | 'image' | 'text' }>;

/** What the transform makes of raw columns, before it is put side by side. */
export interface FeatureBlocks<T> {
  /** Numbers and parts of dates [rows, n], float32; undefined where there are none. */
  readonly numeric: T | undefined;
  /** One-hot [rows, levels], float32, of each category. */
  readonly categories: readonly T[];
}

/** The fitted transform as a graph: raw columns to features [rows, width], float32. */
export function emitTransform<T>(ops: TensorOps<T>, transform: FittedTransform): T {
  const { numeric, categories } = emitBlocks(ops, transform, 'imputed');
  const blocks = [...(numeric === undefined ? [] : [numeric]), ...categories];
  const [first] = blocks;
  return blocks.length === 1 ? (first as T) : ops.concatenate(blocks);
}

/** @param missing what stands for a number that is missing */
export function emitBlocks<T>(
  ops: TensorOps<T>,
  transform: FittedTransform,
  missing: 'imputed' | 'NaN',
): FeatureBlocks<T> {
  const columns = new Map(
    transform.inputs.map((input: InputColumn) => [input.name, ops.column(input)]),
  );
  const columnOf = (name: string) => columns.get(name) as T;
  const { operations, missing: tokens } = transform.document;
  const scaled = operations.filter(isScaled);
  const categorical = operations.filter((operation) => operation.kind === 'categorical');
  return {
    numeric: scaled.length === 0 ? undefined : emitScaled(ops, scaled, columnOf, missing, tokens),
    categories: categorical.map((operation) =>
      emitOneHot(ops, columnOf(operation.column), operation, tokens),
    ),
  };
}

function emitScaled<T>(
  ops: TensorOps<T>,
  scaled: readonly Scaled[],
  columnOf: (name: string) => T,
  missing: 'imputed' | 'NaN',
  tokens: readonly string[],
): T {
  const values = scaled.map((operation) => {
    const column = columnOf(operation.column);
    if (operation.kind === 'date') return emitDatePart(ops, column, operation.part);
    return operation.kind === 'target' ? emitMeans(ops, column, operation, tokens) : column;
  });
  const otherwise = scaled.map(({ impute }) => (missing === 'imputed' ? impute : Number.NaN));
  const finite = ops.replaceNotFinite(ops.stack(values), ops.constant(otherwise));
  const shift = ops.constant(scaled.map((operation) => operation.shift));
  const scale = ops.constant(scaled.map((operation) => operation.scale));
  const bent = bendColumns(ops, clipColumns(ops, finite, scaled), scaled);
  const shifted = ops.arithmetic('subtract', bent, shift);
  return ops.toFloat32(ops.arithmetic('divide', shifted, scale));
}

function emitMeans<T>(
  ops: TensorOps<T>,
  text: T,
  { levels, values, missing, impute }: TargetOperation,
  tokens: readonly string[],
): T {
  const means = new Map(levels.map((level, place) => [level, values[place] as number]));
  for (const token of tokensOfMissing(tokens)) means.set(token, missing);
  return ops.lookUp(text, means, impute);
}

function clipColumns<T>(ops: TensorOps<T>, values: T, scaled: readonly Scaled[]): T {
  const bounds = scaled.map((operation) =>
    operation.kind === 'numeric' ? operation.clip : undefined,
  );
  if (bounds.every((each) => each === undefined)) return values;
  // What is not clipped is no larger than float32 has it.
  const low = bounds.map((each) => each?.low ?? -Number.MAX_VALUE);
  const high = bounds.map((each) => each?.high ?? Number.MAX_VALUE);
  return ops.clip(values, ops.constant(low), ops.constant(high));
}

/** Columns by logarithms, by powers, and the others as they are; each way of all, of which its own are taken. */
function bendColumns<T>(ops: TensorOps<T>, values: T, scaled: readonly Scaled[]): T {
  const ways = scaled.map((operation) => (operation.kind === 'numeric' ? operation : NOT_BENT));
  const isLog = ways.map(({ log }) => log === true);
  const powers = ways.map(({ power }) => power);
  const isPower = powers.map((power) => power !== undefined);
  if (!isLog.includes(true) && !isPower.includes(true)) return values;
  const weigh = (value: T, own: readonly boolean[]) =>
    ops.arithmetic('multiply', ops.constant(own.map(Number)), value);
  const parts = [
    weigh(
      values,
      ways.map((_, i) => !isLog[i] && !isPower[i]),
    ),
    ...(isLog.includes(true) ? [weigh(ops.signedLog(values), isLog)] : []),
    // λ = 1 leaves numbers as they are.
    ...(isPower.includes(true)
      ? [
          weigh(
            emitYeoJohnson(
              ops,
              values,
              powers.map((power) => power ?? 1),
            ),
            isPower,
          ),
        ]
      : []),
  ];
  return parts.reduce((sum, part) => ops.arithmetic('add', sum, part));
}

const NOT_BENT: { log?: undefined; power?: undefined } = {};

/** ((1 + x⁺)^λ − 1)/λ − ((1 + x⁻)^(2−λ) − 1)/(2−λ), of the parts above and below 0: one of them is 0. */
function emitYeoJohnson<T>(ops: TensorOps<T>, values: T, powers: readonly number[]): T {
  const [above, below] = emitParts(ops, values);
  const grow = (part: T, exponents: readonly number[]) => {
    const exponent = ops.constant(exponents);
    const one = ops.constant(1);
    const power = ops.power(ops.arithmetic('add', part, one), exponent);
    return ops.arithmetic('divide', ops.arithmetic('subtract', power, one), exponent);
  };
  return ops.arithmetic(
    'subtract',
    grow(above, powers),
    grow(
      below,
      powers.map((power) => 2 - power),
    ),
  );
}

function emitOneHot<T>(ops: TensorOps<T>, text: T, operation: Categorical, missing: string[]): T {
  const { levels, hash, other } = operation;
  const places = placesOfLevels(operation);
  const extra = places + (other ? 1 : 0);
  const codes = new Map(levels.map((level, i) => [level, hash?.codes[i] ?? i]));
  const codeOfMissing = operation.missing ? extra : -1;
  for (const token of tokensOfMissing(missing)) codes.set(token, codeOfMissing);
  return ops.oneHot(text, codes, {
    otherwise: other ? places : -1,
    size: extra + (operation.missing ? 1 : 0),
  });
}

const tokensOfMissing = (further: readonly string[]): string[] => [
  ...further,
  ...MISSING_TOKENS.flatMap(inAnyCase),
];

/** 'na' → na, nA, Na, NA */
const inAnyCase = (token: string): string[] =>
  token
    .split('')
    .reduce<string[]>(
      (heads, letter) =>
        heads.flatMap((head) =>
          [...new Set([letter, letter.toUpperCase()])].map((each) => head + each),
        ),
      [''],
    );
