import type { Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadTensorFlow, type TensorFlow } from '../../../src/ml/backend.ts';
import {
  convolutionOn,
  ONE_DNN_CONVOLUTION,
  PLAIN_CONVOLUTION,
} from '../../../src/ml/estimators/cnn/convolution.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { expectClose } from '../../support/close.ts';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow();
});

const stream = new RandomStream(1, 'test');
const normals = (...shape: number[]): Tensor4D => {
  const count = shape.reduce((product, size) => product * size, 1);
  return tf.tensor4d(
    Float32Array.from({ length: count }, () => stream.normal()),
    shape as [number, number, number, number],
  );
};

for (const [image, kernel] of [
  [
    [9, 8],
    [3, 3],
  ],
  [
    [7, 7],
    [5, 5],
  ],
  [
    [6, 10],
    [2, 2],
  ],
  [
    [1, 12],
    [1, 5],
  ],
  [
    [4, 4],
    [1, 1],
  ],
] as const) {
  for (const [batch, channels, filters] of [
    [1, 1, 1],
    [7, 1, 8],
    [50, 3, 17],
  ] as const) {
    const form = `${batch} × ${image.join('×')}×${channels} by ${filters} × ${kernel.join('×')}`;
    test.runIf(process.platform === 'linux' && process.arch === 'x64')(
      `oneDNN and TensorFlow convolve ${form} alike, forwards and backwards`,
      () => {
        expect(convolutionOn(tf)).toBe(ONE_DNN_CONVOLUTION);
        tf.tidy(() => {
          const images = normals(batch, ...image, channels);
          const filter = normals(...kernel, channels, filters);
          const flowing = normals(batch, ...image, filters);
          const [own, plain] = [ONE_DNN_CONVOLUTION, PLAIN_CONVOLUTION].map((by) => [
            by.forward(tf, images, filter),
            by.byKernel(tf, images, flowing, filter),
            by.byImages(tf, images, flowing, filter),
          ]);
          plain?.forEach((tensor, i) => {
            const expected = tensor.dataSync();
            const largest = tf.max(tf.abs(tensor)).dataSync()[0] as number;
            expectClose(own?.[i]?.dataSync() ?? [], expected, 1e-5 * largest);
          });
        });
      },
    );
  }
}
