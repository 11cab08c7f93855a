import type { Model } from '../ml/model.ts';
import { RandomStream } from '../ml/random.ts';
import type { SelfTest } from '../schemas/model-export.ts';
import type { TransformOperation } from '../schemas/transform.ts';
import { featuresOf, type PortableModel } from './portable-model.ts';

const ROWS = 64;
const TOLERANCE = 1e-5;
const SHARE_MISSING = 0.1;
const SHARE_UNSEEN = 0.05;
const UNSEEN = '(never seen)';
const MS_PER_DAY = 86_400_000;

/** Least and largest number of a column in the training rows. */
export interface NumericRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Makes records up over the ranges of the training rows, with missing cells and unseen categories,
 * and has the model answer them; without its calibration, which exports leave to their manifest. They hold
 * no one's data, so they may go with the model.
 * @param ranges of numeric columns, by name; a column without one is drawn over its transform's scale
 */
export function drawSelfTest(
  portable: PortableModel,
  model: Model,
  ranges: ReadonlyMap<string, NumericRange> = new Map(),
): SelfTest {
  const { transform } = portable;
  const stream = new RandomStream(portable.package.seed, 'self-test');
  const operations = new Map(
    transform.document.operations.map((operation) => [operation.column, operation]),
  );
  const records = Array.from({ length: ROWS }, () =>
    Object.fromEntries(
      [...operations].map(([column, operation]) => [
        column,
        drawCell(operation, stream, ranges.get(column)),
      ]),
    ),
  );
  return {
    schemaVersion: 1,
    records,
    features: toRows(featuresOf(portable, records), ROWS).map(withoutNaN),
    outputs: toRows(model.uncalibratedOutputs(records), ROWS),
    tolerance: TOLERANCE,
  };
}

function drawCell(
  operation: TransformOperation,
  stream: RandomStream,
  range: NumericRange | undefined,
): unknown {
  const luck = stream.uniform();
  if (luck < SHARE_MISSING) return null;
  switch (operation.kind) {
    case 'numeric': {
      const { shift, scale } = operation;
      const { min, max } = range ?? { min: shift - scale, max: shift + 2 * scale };
      // Single precision, which some formats take numbers in.
      return Math.fround(min + (max - min) * stream.uniform());
    }
    case 'image':
    case 'text':
      // No format holds models of images or texts.
      return null;
    case 'boolean':
      return stream.uniform() < 0.5;
    case 'date':
      return drawMoment(operation, stream);
    case 'target':
    case 'categorical': {
      if (luck < SHARE_MISSING + SHARE_UNSEEN) return UNSEEN;
      return operation.levels[stream.below(operation.levels.length)] ?? null;
    }
  }
}

/** Within some years of the training rows' where they are known, else of this century. */
function drawMoment(
  { part, impute }: Extract<TransformOperation, { kind: 'date' }>,
  stream: RandomStream,
): string {
  const middleMs =
    part === 'days'
      ? impute * MS_PER_DAY
      : Date.UTC(part === 'year' ? Math.round(impute) : 2020, 0, 1);
  const spreadMs = 1_000 * MS_PER_DAY * (2 * stream.uniform() - 1);
  return new Date(Math.round((middleMs + spreadMs) / 1_000) * 1_000).toISOString();
}

const toRows = (values: Float32Array | Float64Array, rows: number): number[][] => {
  const width = values.length / rows;
  return Array.from({ length: rows }, (_, row) => [
    ...values.subarray(row * width, (row + 1) * width),
  ]);
};

/** JSON has no NaN. */
const withoutNaN = (row: readonly number[]): (number | null)[] =>
  row.map((value) => (Number.isNaN(value) ? null : value));
