import type { Tensor } from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { prepareStep } from '../../../src/ml/graph/prepare-step.ts';
import type { TrainingStep } from '../../../src/ml/graph/training-step.ts';

const doubling: TrainingStep = {
  state: { value: { dtype: 'float32', shape: [] } },
  inputs: { by: { dtype: 'float32', shape: [] } },
  outputs: {},
  run: (tf, { value }, { by }) => ({
    state: { value: tf.mul(value as Tensor, by as Tensor) },
    outputs: {},
  }),
};
const random: TrainingStep = {
  ...doubling,
  run: (tf, { value }) => ({
    state: { value: tf.add(value as Tensor, tf.randomUniform([])) },
    outputs: {},
  }),
};

test('many steps are worth a graph, few are not, and both say why', async () => {
  const tf = await loadTensorFlow();
  const before = tf.memory().numTensors;
  const few = prepareStep(tf, doubling, { steps: 99 });
  const many = prepareStep(tf, doubling, { steps: 100 });
  expect(few.execution).toEqual({
    engine: 'op-by-op',
    reason: '99 steps are fewer than the 100 that a graph is worth.',
  });
  expect(many.execution).toMatchObject({ engine: 'graph' });
  const start = tf.scalar(1);
  for (const { runner } of [few, many]) {
    runner.write({ value: start });
    runner.run(3, { by: Float32Array.of(2, 3, 5) });
    expect(runner.readValues()).toEqual({ value: Float32Array.of(30) });
    runner.dispose();
  }
  start.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('of more state than a graph is worth, steps are done op by op', async () => {
  const tf = await loadTensorFlow();
  const large = {
    ...doubling,
    state: { value: { dtype: 'float32', shape: [4097, 4096] } },
  } as const;
  const { execution } = prepareStep(tf, large, { steps: 1000 });
  expect(execution).toMatchObject({
    engine: 'op-by-op',
    reason: '16781312 values of state are more than the 16777216 of a graph that pays.',
  });
});

test('what can not be a graph runs op by op and says why', async () => {
  const tf = await loadTensorFlow();
  const { runner, execution } = prepareStep(tf, random, { steps: 1000 });
  expect(execution).toMatchObject({
    engine: 'op-by-op',
    reason: expect.stringContaining('random numbers'),
  });
  runner.dispose();
});

test('few steps in parts are a graph, too, for op by op a part waits for the one before', async () => {
  const tf = await loadTensorFlow();
  const { runner, execution } = prepareStep(tf, { ...doubling, parts: 2 }, { steps: 1 });
  expect(execution).toEqual({
    engine: 'graph',
    reason: '2 parts of a step are done side by side in graphs alone.',
  });
  runner.dispose();
});
