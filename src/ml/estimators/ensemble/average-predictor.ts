import type { RecordLayout } from '../../../schemas/prepared-data.ts';
import { densifyCodes, type FeatureEncoding } from '../../data/densify.ts';
import type { Predictor } from '../estimator.ts';

interface Weighted {
  readonly predictor: Predictor;
  readonly weight: number;
}

/**
 * The weighted mean of what members say. Where they take their features in different encodings it
 * takes codes, from which the one-hot features are made.
 */
export function averagePredictor(members: readonly Weighted[], layout: RecordLayout): Predictor {
  const encodings = new Set(members.map(({ predictor }) => predictor.encoding));
  const [only] = encodings;
  const encoding: FeatureEncoding = encodings.size === 1 && only !== undefined ? only : 'codes';
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  return {
    encoding,
    predict(features, rows) {
      const inputs = new Map<FeatureEncoding, Float32Array>([[encoding, features]]);
      if (encodings.size > 1) inputs.set('one-hot', densifyCodes(features, rows, layout));
      const [first, ...others] = members.map(({ predictor, weight }) => ({
        outputs: predictor.predict(inputs.get(predictor.encoding) as Float32Array, rows),
        share: weight / total,
      }));
      const mean = (first?.outputs ?? new Float64Array()).map(
        (value) => value * (first?.share ?? 0),
      );
      for (const { outputs, share } of others) {
        outputs.forEach((value, i) => {
          mean[i] = (mean[i] as number) + value * share;
        });
      }
      return mean;
    },
    dispose() {
      for (const { predictor } of members) predictor.dispose();
    },
  };
}
