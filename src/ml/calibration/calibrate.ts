import type { Calibration } from '../../schemas/problem.ts';
import type { Predictor } from '../estimators/estimator.ts';
import { softmax } from '../softmax.ts';

/**
 * Probabilities [rows, classes] through the map: the softmax of slope · ln p + offset. It keeps the
 * order of rows by the odds between any two classes.
 */
export function calibrate(
  outputs: Float64Array,
  { slope, offsets, floor }: Calibration,
): Float64Array {
  const classes = offsets.length;
  const calibrated = outputs.map(
    (value, i) => slope * Math.log(Math.max(value, floor)) + (offsets[i % classes] as number),
  );
  for (let start = 0; start < calibrated.length; start += classes) {
    softmax(calibrated.subarray(start, start + classes));
  }
  return calibrated;
}

/** A model whose probabilities go through the map, where there is one. */
export const calibratedPredictor = (
  predictor: Predictor,
  calibration: Calibration | undefined,
): Predictor =>
  calibration === undefined
    ? predictor
    : {
        encoding: predictor.encoding,
        predict: (features, rows) => calibrate(predictor.predict(features, rows), calibration),
        dispose: () => predictor.dispose(),
      };

/**
 * Weights by which calibrated probabilities come to the decisions that plain ones come to by `weights`:
 * s ln p + o + ln w′ = s (ln p + ln w) for each class.
 */
export const sameDecisions = (
  weights: readonly number[],
  { slope, offsets }: Calibration,
): number[] => weights.map((weight, i) => weight ** slope * Math.exp(-(offsets[i] as number)));
