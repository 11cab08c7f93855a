import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../src/ml/backend.ts';
import { expectClose } from '../support/close.ts';
import { fit, valuesOf } from '../support/fit.ts';
import { sampleRows } from '../support/sample-rows.ts';

// A file of its own, as a process has one backend.
test('where WebAssembly is asked for, networks train on it, to nearly the same weights', async () => {
  const tf = await loadTensorFlow('wasm');
  expect(tf.getBackend()).toBe('wasm');
  const before = tf.memory().numTensors;
  const data = sampleRows({ task: 'multiclass', rows: 40, width: 4 });
  const hyperparameters = {
    hiddenLayers: [6],
    epochs: 3,
    batchSize: 16,
    dropout: 0.2,
    learningRate: 0.1,
  };
  const weights = await fit('mlp', data, { classes: 3, hyperparameters });
  // The same training on native TensorFlow 2.21.0.
  expectClose(valuesOf(weights, 'layers.1.bias'), [0.169876, 0.360556, -0.349943], 1e-4);
  const bias = [-0.287456, 0.0576378, -0.18573, -0.431469, -0.594682, 0.00151904];
  expectClose(valuesOf(weights, 'layers.0.bias'), bias, 1e-4);
  expect(tf.memory().numTensors).toBe(before);
});
