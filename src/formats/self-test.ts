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

/**
 * Makes records up over the ranges that the transform was fitted to, with missing cells and unseen
 * categories, and has the model answer them. They hold no one's data, so they may go with the model.
 */
export function drawSelfTest(portable: PortableModel, model: Model): SelfTest {
  const { transform } = portable;
  const stream = new RandomStream(portable.package.seed, 'self-test');
  const operations = new Map(
    transform.document.operations.map((operation) => [operation.column, operation]),
  );
  const records = Array.from({ length: ROWS }, () =>
    Object.fromEntries(
      [...operations].map(([column, operation]) => [column, drawCell(operation, stream)]),
    ),
  );
  return {
    records,
    features: toRows(featuresOf(portable, records), ROWS),
    outputs: toRows(model.outputs(records), ROWS),
    tolerance: TOLERANCE,
  };
}

function drawCell(operation: TransformOperation, stream: RandomStream): unknown {
  const luck = stream.uniform();
  if (luck < SHARE_MISSING) return null;
  switch (operation.kind) {
    case 'numeric': {
      const { shift, scale, impute } = operation;
      const middle = shift === 0 && scale === 1 ? impute : shift;
      const spread = shift === 0 && scale === 1 ? Math.max(1, Math.abs(impute)) : scale;
      // Single precision, which some formats take numbers in.
      return Math.fround(middle + spread * (3 * stream.uniform() - 1));
    }
    case 'boolean':
      return stream.uniform() < 0.5;
    case 'date':
      return drawMoment(operation, stream);
    case 'categorical': {
      if (luck < SHARE_MISSING + SHARE_UNSEEN) return UNSEEN;
      return operation.levels[stream.below(operation.levels.length)];
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
