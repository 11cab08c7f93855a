import type { RecordLayout } from '../../schemas/prepared-data.ts';
import type { EncodedRows } from './fitted-transform.ts';

/** Model inputs after one-hot encoding. */
export const widthOf = ({ numeric, categories }: RecordLayout): number =>
  numeric + categories.reduce((sum, size) => sum + size, 0);

/** Encoded rows to dense features [rows, width]: numerics first, then a one-hot block a category. */
export function densify({ rows, numeric, codes }: EncodedRows, layout: RecordLayout): Float32Array {
  const width = widthOf(layout);
  const features = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    const from = row * layout.numeric;
    features.set(numeric.subarray(from, from + layout.numeric), start);
    let block = start + layout.numeric;
    layout.categories.forEach((size, index) => {
      const code = codes[row * layout.categories.length + index] as number;
      if (code >= 0) features[block + code] = 1;
      block += size;
    });
  }
  return features;
}
