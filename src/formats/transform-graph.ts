import { MISSING_TOKENS } from '../ml/data/cell.ts';
import { type FittedTransform, isScaled } from '../ml/data/fitted-transform.ts';
import type { InputColumn } from '../schemas/model-package.ts';
import type { TransformOperation } from '../schemas/transform.ts';
import { emitDatePart } from './calendar-graph.ts';
import type { TensorOps } from './tensor-ops.ts';

type Categorical = Extract<TransformOperation, { kind: 'categorical' }>;

/** The fitted transform as a graph: raw columns to features [rows, width], float32. */
export function emitTransform<T>(ops: TensorOps<T>, transform: FittedTransform): T {
  const columns = new Map(
    transform.inputs.map((input: InputColumn) => [input.name, ops.column(input)]),
  );
  const columnOf = (name: string) => columns.get(name) as T;
  const { operations, missing } = transform.document;
  const scaled = operations.filter(isScaled);
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
    const bent = bendColumns(
      ops,
      imputed,
      scaled.map((operation) => operation.kind === 'numeric' && operation.log === true),
    );
    const shift = ops.constant(scaled.map((operation) => operation.shift));
    const scale = ops.constant(scaled.map((operation) => operation.scale));
    const shifted = ops.arithmetic('subtract', bent, shift);
    blocks.push(ops.toFloat32(ops.arithmetic('divide', shifted, scale)));
  }
  for (const operation of operations) {
    if (operation.kind === 'categorical') {
      blocks.push(emitOneHot(ops, columnOf(operation.column), operation, missing));
    }
  }
  const [first] = blocks;
  return blocks.length === 1 ? (first as T) : ops.concatenate(blocks);
}

/** Columns that are bent, and the others as they are. */
function bendColumns<T>(ops: TensorOps<T>, values: T, isBent: readonly boolean[]): T {
  if (!isBent.includes(true)) return values;
  const weigh = (value: T, weights: readonly boolean[]) =>
    ops.arithmetic('multiply', ops.constant(weights.map(Number)), value);
  return ops.arithmetic(
    'add',
    weigh(
      values,
      isBent.map((bent) => !bent),
    ),
    weigh(ops.signedLog(values), isBent),
  );
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
  token
    .split('')
    .reduce<string[]>(
      (heads, letter) =>
        heads.flatMap((head) =>
          [...new Set([letter, letter.toUpperCase()])].map((each) => head + each),
        ),
      [''],
    );
