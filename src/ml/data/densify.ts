import type { RecordLayout } from '../../schemas/prepared-data.ts';
import type { EncodedRows } from './fitted-transform.ts';

/**
 * How a model takes its inputs: `one-hot`, all numbers, none missing; or `codes`, one input a
 * column, a category by its code, and NaN for what is missing.
 */
export type FeatureEncoding = 'one-hot' | 'codes';

/** Model inputs in an encoding; one-hot unless another is asked for. */
export const widthOf = (
  { numeric, categories }: Pick<RecordLayout, 'numeric' | 'categories'>,
  encoding: FeatureEncoding = 'one-hot',
): number =>
  numeric +
  (encoding === 'codes' ? categories.length : categories.reduce((sum, size) => sum + size, 0));

/** Encoded rows to features [rows, width] in the encoding that a model takes. */
export const encodeFeatures = (
  rows: EncodedRows,
  layout: RecordLayout,
  encoding: FeatureEncoding,
): Float32Array => (encoding === 'codes' ? withCodes(rows, layout) : densify(rows, layout));

/**
 * Encoded rows to dense features [rows, width]: numerics first, then a one-hot block a category.
 * A missing number is imputed.
 */
export function densify({ rows, numeric, codes }: EncodedRows, layout: RecordLayout): Float32Array {
  const width = widthOf(layout);
  const pixels = layout.numeric - layout.imputed.length;
  const features = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    const from = row * layout.numeric;
    features.set(numeric.subarray(from, from + layout.numeric), start);
    for (let i = 0; i < layout.imputed.length; i++) {
      const at = start + pixels + i;
      if (Number.isNaN(features[at])) features[at] = layout.imputed[i] as number;
    }
    let block = start + layout.numeric;
    layout.categories.forEach((size, index) => {
      const code = codes[row * layout.categories.length + index] as number;
      if (code >= 0) features[block + code] = 1;
      block += size;
    });
  }
  return features;
}

/** The one-hot features of rows that are given as codes, bit for bit those of `densify`. */
export function densifyCodes(
  codes: Float32Array,
  rows: number,
  layout: RecordLayout,
): Float32Array {
  const from = widthOf(layout, 'codes');
  const width = widthOf(layout);
  const pixels = layout.numeric - layout.imputed.length;
  const features = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    features.set(codes.subarray(row * from, row * from + layout.numeric), start);
    for (let i = 0; i < layout.imputed.length; i++) {
      const at = start + pixels + i;
      if (Number.isNaN(features[at])) features[at] = layout.imputed[i] as number;
    }
    let block = start + layout.numeric;
    layout.categories.forEach((size, index) => {
      const code = codes[row * from + layout.numeric + index] as number;
      if (!Number.isNaN(code)) features[block + code] = 1;
      block += size;
    });
  }
  return features;
}

/** Numerics, then a code a category: [rows, numeric + categories]. What has no code is NaN. */
function withCodes({ rows, numeric, codes }: EncodedRows, layout: RecordLayout): Float32Array {
  const blocks = layout.categories.length;
  const width = layout.numeric + blocks;
  const features = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    const from = row * layout.numeric;
    features.set(numeric.subarray(from, from + layout.numeric), start);
    for (let i = 0; i < blocks; i++) {
      const code = codes[row * blocks + i] as number;
      features[start + layout.numeric + i] = code >= 0 ? code : Number.NaN;
    }
  }
  return features;
}
