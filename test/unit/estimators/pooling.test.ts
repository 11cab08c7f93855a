import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadTensorFlow, type TensorFlow } from '../../../src/ml/backend.ts';
import { maxPool, poolGradient } from '../../../src/ml/estimators/cnn/pooling.ts';
import { RandomStream } from '../../../src/ml/random.ts';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow();
});

/** Whole numbers below a bound: the lower it is, the more values are alike. */
function whole(shape: readonly number[], bound: number, seed: number): Tensor4D {
  const stream = new RandomStream(seed, 'test-pooling');
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, () => 1 + stream.below(bound));
  return tf.tensor<typeof tf.Rank.R4>(values, [...shape] as [number, number, number, number]);
}

test.each([
  { of: 'images', sizes: [3, 6, 8, 5] },
  { of: 'images of odd sides', sizes: [2, 7, 5, 3] },
  { of: 'series', sizes: [3, 1, 8, 4] },
  { of: 'series of odd length', sizes: [2, 1, 9, 1] },
  { of: 'columns', sizes: [2, 6, 1, 2] },
])(
  'the gradient of pooling $of flows as by MaxPoolGrad, among equals to the first',
  ({ sizes }) => {
    tf.tidy(() => {
      const pool = (given: Tensor) => tf.maxPool(given as Tensor4D, 2, 2, 'same');
      for (const bound of [1, 3, 1000]) {
        const images = whole(sizes, bound, 1);
        const { pooled, gradient } = maxPool(tf, images);
        expect(pooled.dataSync()).toEqual(pool(images).dataSync());
        const flowing = whole(pooled.shape, 1000, 2);
        const loss = (given: Tensor) => tf.sum(tf.mul(pool(given), flowing));
        const expected = tf.grad(loss)(images).dataSync();
        expect(gradient(flowing).dataSync()).toEqual(expected);
        // What is done where TensorFlow's build has no oneDNN.
        const compared = poolGradient(tf, flowing, { images, pooled });
        expect(compared.dataSync()).toEqual(expected);
      }
    });
  },
);
