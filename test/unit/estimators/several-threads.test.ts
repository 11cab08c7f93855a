import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { cnnNetwork } from '../../../src/ml/estimators/cnn/cnn-network.ts';
import type { ProblemShape } from '../../../src/ml/estimators/estimator.ts';
import { toWeights } from '../../../src/ml/estimators/network/network.ts';
import { networkPredictor } from '../../../src/ml/estimators/network/network-predictor.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { CnnHyperparameters } from '../../../src/schemas/hyperparameters.ts';

test('an image is predicted to the same bits with others and alone, by several threads too', async () => {
  // Read when TensorFlow is loaded, which no other test of this process has done.
  process.env['TF_NUM_INTRAOP_THREADS'] = '2';
  const tf = await loadTensorFlow();
  const image = { height: 28, width: 28, channels: 1 } as const;
  const width = 28 * 28;
  const shape: ProblemShape = {
    task: 'multiclass',
    classes: 3,
    classCounts: [],
    layout: { numeric: width, categories: [], imputed: [], image },
    width,
    image,
  };
  const layout = CnnHyperparameters.parse({ filters: [16, 32], hiddenLayers: [64] });
  const network = cnnNetwork(shape, image, layout);
  const weights = toWeights(network.initialise(1), network);
  const predictor = networkPredictor(tf, network, shape, weights);
  const rows = 130;
  const stream = new RandomStream(4, 'test');
  const features = Float32Array.from({ length: rows * width }, () => stream.normal());
  const together = predictor.predict(features, rows);
  const alone = Array.from({ length: rows }, (_, row) => [
    ...predictor.predict(features.subarray(row * width, (row + 1) * width), 1),
  ]).flat();
  predictor.dispose();
  expect([...together]).toEqual(alone);
});
