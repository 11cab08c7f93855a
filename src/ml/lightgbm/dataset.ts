import type { TrainingData } from '../training/training-data.ts';
import { check, FLOAT32, type Handle, type LightGbm } from './library.ts';

/** Values that are looked at to choose the bins: 64 MiB of float32. */
const MOST_SAMPLED_VALUES = 2 ** 24;
const BATCH_ROWS = 4096;

/** Rows as LightGBM keeps them: a byte a value, whatever the data weighed. */
export interface BinnedRows {
  readonly handle: Handle;
  readonly rows: number;
  /** [rows]: scaled target, or the index of the class */
  readonly targets: Float64Array;
}

/**
 * Bins all rows of `data`, which are read in batches: bins are chosen by evenly spaced rows where
 * there are too many values to look at all.
 * @param data encoded as codes: the columns after the numerics are categories
 */
export async function binRows(
  lightGbm: LightGbm,
  data: TrainingData,
  parameters: string,
  mostSampledValues = MOST_SAMPLED_VALUES,
): Promise<BinnedRows> {
  const { rows, width } = data;
  const stride = Math.max(1, Math.ceil((rows * width) / mostSampledValues));
  const { features, targets } = await sample(data, stride);
  const count = features.length / width;
  const binned: [Handle] = [null];
  check(
    lightGbm,
    lightGbm.LGBM_DatasetCreateFromMat(
      features,
      FLOAT32,
      count,
      width,
      1,
      parameters,
      null,
      binned,
    ),
  );
  if (stride === 1) return { handle: binned[0], rows, targets };
  try {
    return { handle: await pushRows(lightGbm, data, binned[0]), rows, targets };
  } finally {
    lightGbm.LGBM_DatasetFree(binned[0]);
  }
}

/** Every `stride`-th row, and all targets. */
async function sample(data: TrainingData, stride: number) {
  const { rows, width } = data;
  const features = new Float32Array(Math.ceil(rows / stride) * width);
  const targets = new Float64Array(rows);
  let start = 0;
  for await (const batch of data.batches(BATCH_ROWS)) {
    targets.set(batch.targets, start);
    const first = (stride - (start % stride)) % stride;
    for (let row = first; row < batch.rows; row += stride) {
      const at = ((start + row) / stride) * width;
      features.set(batch.features.subarray(row * width, (row + 1) * width), at);
    }
    start += batch.rows;
  }
  return { features, targets };
}

/** All rows, in the bins of `reference`. */
async function pushRows(
  lightGbm: LightGbm,
  data: TrainingData,
  reference: Handle,
): Promise<Handle> {
  const out: [Handle] = [null];
  check(lightGbm, lightGbm.LGBM_DatasetCreateByReference(reference, BigInt(data.rows), out));
  let start = 0;
  for await (const { rows, features } of data.batches(BATCH_ROWS)) {
    check(
      lightGbm,
      lightGbm.LGBM_DatasetPushRows(out[0], features, FLOAT32, rows, data.width, start),
    );
    start += rows;
  }
  return out[0];
}
