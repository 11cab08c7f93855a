import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadTensorFlow, type TensorFlow } from '../../../src/ml/backend.ts';
import { augmentation } from '../../../src/ml/estimators/cnn/augment.ts';
import { cnnNetwork } from '../../../src/ml/estimators/cnn/cnn-network.ts';
import type { ProblemShape } from '../../../src/ml/estimators/estimator.ts';
import { estimatorFor } from '../../../src/ml/estimators/index.ts';
import { toWeights } from '../../../src/ml/estimators/network/network.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { CnnHyperparameters } from '../../../src/schemas/hyperparameters.ts';
import { expectClose } from '../../support/close.ts';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow();
});

interface Image {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

const BATCH = 5;
const pixelsOf = ({ height, width, channels }: Image): number => height * width * channels;
/** Two features beside the image. */
const shapeOf = (image: Image): ProblemShape => ({
  task: 'multiclass',
  layout: { numeric: pixelsOf(image) + 2, categories: [], imputed: [0, 0], image },
  width: pixelsOf(image) + 2,
  classes: 3,
  classCounts: [],
  image,
});

const normals = (count: number, seed: number) => {
  const stream = new RandomStream(seed, 'test');
  return Float32Array.from({ length: count }, () => stream.normal());
};

/** Scores in the order of the textbook: convolution, bias, activation, pooling. */
function textbook(
  arrays: readonly Tensor[],
  features: Tensor2D,
  { image, activation }: { readonly image: Image; readonly activation: 'relu' | 'tanh' },
): Tensor2D {
  const [filters1, filters2, kernel1, kernel2, bias1, bias2, bias3, bias4] = arrays as [
    Tensor4D,
    Tensor4D,
    Tensor2D,
    Tensor2D,
    Tensor1D,
    Tensor1D,
    Tensor1D,
    Tensor1D,
  ];
  const active = <T extends Tensor>(sum: T): T =>
    activation === 'relu' ? tf.relu(sum) : tf.tanh(sum);
  const block = (images: Tensor4D, filters: Tensor4D, bias: Tensor1D): Tensor4D =>
    tf.maxPool(active(tf.add<Tensor4D>(tf.conv2d(images, filters, 1, 'same'), bias)), 2, 2, 'same');
  const { height, width, channels } = image;
  const pixels = tf.slice(features, [0, 0], [-1, pixelsOf(image)]);
  const beside = tf.slice(features, [0, pixelsOf(image)], [-1, 2]);
  const first = block(tf.reshape(pixels, [-1, height, width, channels]), filters1, bias1);
  const flat: Tensor2D = tf.reshape(block(first, filters2, bias2), [BATCH, -1]);
  const hidden = active(tf.add<Tensor2D>(tf.matMul(tf.concat([flat, beside], 1), kernel1), bias3));
  return tf.add(tf.matMul(hidden, kernel2), bias4);
}

const odd = { height: 7, width: 6, channels: 3 } as const;
const even = { height: 6, width: 10, channels: 1 } as const;
const series = { height: 1, width: 12, channels: 1 } as const;
for (const { image, kernelSize, activation } of [
  { image: odd, kernelSize: 3, activation: 'relu' },
  { image: odd, kernelSize: 2, activation: 'tanh' },
  { image: even, kernelSize: 2, activation: 'relu' },
  { image: even, kernelSize: 3, activation: 'tanh' },
  { image: { ...even, channels: 3 }, kernelSize: 5, activation: 'relu' },
  { image: series, kernelSize: { height: 1, width: 5 }, activation: 'relu' },
  { image: series, kernelSize: { height: 1, width: 4 }, activation: 'tanh' },
] as const) {
  const form = JSON.stringify({ ...image, kernelSize, activation });
  test(`scores of ${form} are the textbook's, and gradients TensorFlow.js's own`, () => {
    const shape = shapeOf(image);
    const layout = { filters: [4, 5], hiddenLayers: [6], activation, kernelSize };
    const network = cnnNetwork(shape, image, layout);
    const values = network.initialise(3).map((value, i) => value + 0.01 * Math.sin(i));
    tf.tidy(() => {
      const features = tf.tensor2d(normals(BATCH * shape.width, 1), [BATCH, shape.width]);
      const delta = tf.tensor2d(normals(BATCH * 3, 2), [BATCH, 3]);
      const arrays = toWeights(values, network).map((array) =>
        tf.tensor(array.values, [...array.shape]),
      );
      const scores = (given: readonly Tensor[]) => textbook(given, features, { image, activation });
      const loss = (...given: Tensor[]) => tf.sum(tf.mul(scores(given), delta));
      const expected = tf.grads(loss)(arrays, tf.scalar(1));
      const flat = tf.concat(expected.map((each) => tf.reshape(each, [-1]))).dataSync();
      expect(Math.max(...flat)).toBeGreaterThan(1);
      const pass = network.forward(tf, arrays, features, { masks: [] });
      expectClose([...pass.scores.dataSync()], [...scores(arrays).dataSync()], 1e-5);
      const found = tf.concat(pass.gradients(delta).map((each) => tf.reshape(each, [-1])));
      expectClose([...found.dataSync()], [...flat], 1e-4);
    });
  });
}

test('an image moves by whole pixels, its edge being repeated, and is mirrored', () => {
  const size = { height: 1, width: 4, channels: 1 } as const;
  const augment = augmentation(size, { shift: 0.25, flip: true }, 1);
  const row = [1, 2, 3, 4, 9];
  const batch = { rows: 1, features: Float32Array.from(row), targets: Float64Array.of(0) };
  const seen = new Set<string>();
  for (let iteration = 1; iteration < 60; iteration++) {
    const features = augment?.(batch, iteration).features ?? new Float32Array();
    expect(augment?.(batch, iteration).features).toEqual(features);
    expect(features[4]).toBe(9);
    seen.add(features.slice(0, 4).join(''));
  }
  expect([...seen].sort()).toEqual(['1123', '1234', '2344', '3211', '4321', '4432']);
  expect(batch.features).toEqual(Float32Array.from(row));
});

test('small images stay where they are, and none is mirrored, unless it is asked for', () => {
  const { shift, flip } = CnnHyperparameters.parse({});
  const sized = (side: number) => ({ height: side, width: side, channels: 1 }) as const;
  expect(augmentation(sized(8), { shift, flip }, 1)).toBeUndefined();
  expect(augmentation(sized(28), { shift, flip }, 1)).toBeDefined();
  expect(flip).toBe(false);
});

test('data without images are refused', async () => {
  const cnn = estimatorFor('cnn');
  const { image: _, ...plain } = shapeOf(odd);
  await expect(cnn.load(plain, CnnHyperparameters.parse({}), [])).rejects.toMatchObject({
    problem: { code: 'UnsuitableEstimator', value: 'cnn' },
  });
});
