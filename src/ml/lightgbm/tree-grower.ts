import type { TrainingData } from '../training/training-data.ts';
import { type BinnedRows, binRows } from './dataset.ts';
import { check, FLOAT64, type Handle, type LightGbm, loadLightGbm } from './library.ts';
import { parseTrees } from './parse-trees.ts';
import type { Tree } from './tree.ts';

export type TreeParameters = Readonly<Record<string, string | number | boolean>>;

/**
 * One thread, one order of summation: the same gradients give the same trees. Nothing is drawn
 * from the library's own state: rows are sampled by their weights, and columns by a seed a tree.
 */
const FIXED: TreeParameters = {
  objective: 'none',
  boost_from_average: false,
  deterministic: true,
  force_col_wise: true,
  num_threads: 1,
  feature_pre_filter: false,
  histogram_pool_size: 512,
  verbosity: -1,
};

interface GrowerOptions {
  /** Encoded as codes. */
  readonly data: TrainingData;
  /** Trees an iteration: one, or one a class. */
  readonly outputs: number;
  readonly parameters: TreeParameters;
  /** [outputs, rows]: sums of the trees of earlier iterations, to go on from. */
  readonly sums?: Float64Array;
  /** Values that bins may be chosen by. */
  readonly mostSampledValues?: number;
}

/** Grows trees from gradients, by LightGBM. What it knows of earlier trees is their sums alone. */
export class TreeGrower {
  readonly rows: number;
  /** [rows]: scaled target, or the index of the class */
  readonly targets: Float64Array;
  readonly #lightGbm: LightGbm;
  readonly #dataset: Handle;
  readonly #booster: Handle;
  readonly #imputed: readonly number[];
  #iterations = 0;
  /** LightGBM keeps an iteration without a split where it is the first: one that is not ours. */
  #constant = 0;
  #buffer = new Uint8Array(2 ** 16);

  private constructor(
    lightGbm: LightGbm,
    { handle, rows, targets }: BinnedRows,
    booster: Handle,
    imputed: readonly number[],
  ) {
    this.#lightGbm = lightGbm;
    this.#dataset = handle;
    this.#booster = booster;
    this.#imputed = imputed;
    this.rows = rows;
    this.targets = targets;
  }

  /** @throws InputError where LightGBM is not set up */
  static async open(options: GrowerOptions): Promise<TreeGrower> {
    const { data, outputs, parameters, sums, mostSampledValues } = options;
    const lightGbm = await loadLightGbm();
    const { numeric, categories, imputed } = data.layout;
    const text = parameterText({
      ...FIXED,
      ...parameters,
      num_class: outputs,
      bin_construct_sample_cnt: data.rows,
      ...(categories.length > 0 && {
        categorical_feature: categories.map((_, index) => numeric + index).join(','),
      }),
    });
    const binned = await binRows(lightGbm, data, text, mostSampledValues);
    const booster: [Handle] = [null];
    if (sums !== undefined) {
      const { handle } = binned;
      const { length } = sums;
      check(lightGbm, lightGbm.LGBM_DatasetSetField(handle, 'init_score', sums, length, FLOAT64));
    }
    check(lightGbm, lightGbm.LGBM_BoosterCreate(binned.handle, text, booster));
    // Pixels come first, and are never missing.
    const pixels = Array.from({ length: numeric - imputed.length }, () => 0);
    return new TreeGrower(lightGbm, binned, booster[0], [...pixels, ...imputed]);
  }

  /**
   * Trees of one iteration; none where no split is worth it.
   * @param gradients [outputs, rows]
   * @param hessians [outputs, rows]; a row that is left out has 0 in both
   * @param columnSeed decides which columns are looked at, where not all are
   */
  grow(gradients: Float32Array, hessians: Float32Array, columnSeed: number): Tree[] {
    const lightGbm = this.#lightGbm;
    const booster = this.#booster;
    const finished: [number] = [0];
    const seed = parameterText({ feature_fraction_seed: columnSeed });
    check(lightGbm, lightGbm.LGBM_BoosterResetParameter(booster, seed));
    check(
      lightGbm,
      lightGbm.LGBM_BoosterUpdateOneIterCustom(booster, gradients, hessians, finished),
    );
    if (finished[0] === 1) {
      if (this.#iterations === 0) this.#constant = 1;
      return [];
    }
    this.#iterations += 1;
    return parseTrees(this.#text(this.#constant + this.#iterations - 1), this.#imputed);
  }

  /** Sums of all trees so far for each row, added one after another: [outputs, rows]. */
  readSums(sums: Float64Array): void {
    check(this.#lightGbm, this.#lightGbm.LGBM_BoosterGetPredict(this.#booster, 0, [0], sums));
  }

  dispose(): void {
    this.#lightGbm.LGBM_BoosterFree(this.#booster);
    this.#lightGbm.LGBM_DatasetFree(this.#dataset);
  }

  #text(iteration: number): string {
    const length: [number] = [0];
    for (;;) {
      const buffer = this.#buffer;
      const result = this.#lightGbm.LGBM_BoosterSaveModelToString(
        this.#booster,
        iteration,
        1,
        0,
        buffer.length,
        length,
        buffer,
      );
      check(this.#lightGbm, result);
      // The length counts a zero at the end.
      if (length[0] <= buffer.length) {
        return Buffer.from(buffer.buffer, 0, length[0] - 1).toString('utf8');
      }
      this.#buffer = new Uint8Array(length[0] * 2);
    }
  }
}

const parameterText = (parameters: TreeParameters): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
