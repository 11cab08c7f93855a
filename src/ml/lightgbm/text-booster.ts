import { check, FLOAT32, type Handle, type LightGbm, loadLightGbm } from './library.ts';

/** Predictions after the objective's own transformation, as LightGBM numbers them. */
const NORMAL = 0;

/** A model that LightGBM itself has read from its text. */
export class TextBooster {
  readonly #lightGbm: LightGbm;
  readonly #booster: Handle;

  private constructor(lightGbm: LightGbm, booster: Handle) {
    this.#lightGbm = lightGbm;
    this.#booster = booster;
  }

  /** @throws InputError where LightGBM is not set up, Error where it does not take the text */
  static async load(text: string): Promise<TextBooster> {
    const lightGbm = await loadLightGbm();
    const booster: [Handle] = [null];
    check(lightGbm, lightGbm.LGBM_BoosterLoadModelFromString(text, [0], booster));
    return new TextBooster(lightGbm, booster[0]);
  }

  /** Features [rows, width] to [rows, values of a row]. */
  predict(features: Float32Array, rows: number): Float64Array {
    const lightGbm = this.#lightGbm;
    const classes: [number] = [0];
    check(lightGbm, lightGbm.LGBM_BoosterGetNumClasses(this.#booster, classes));
    const predicted = new Float64Array(rows * classes[0]);
    const width = features.length / rows;
    check(
      lightGbm,
      lightGbm.LGBM_BoosterPredictForMat(
        this.#booster,
        features,
        FLOAT32,
        rows,
        width,
        1,
        NORMAL,
        0,
        -1,
        'num_threads=1',
        [0],
        predicted,
      ),
    );
    return predicted;
  }

  dispose(): void {
    this.#lightGbm.LGBM_BoosterFree(this.#booster);
  }
}
