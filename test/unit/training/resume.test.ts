import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { type Trained, type TrainOptions, train } from '../../../src/ml/training/train.ts';
import {
  decodeTrainingState,
  encodeTrainingState,
} from '../../../src/ml/training/training-state.ts';
import { hashWeights } from '../../../src/ml/weights.ts';
import { problemOf } from '../../support/problems.ts';
import { sampleRows } from '../../support/sample-rows.ts';
import { trainOptions } from '../../support/train-candidate.ts';

/** A network whose epochs take two slices each. */
const network = trainOptions({
  problem: problemOf('binary', 'roc_auc'),
  data: sampleRows({ task: 'binary', rows: 205, width: 4 }),
  validation: sampleRows({ task: 'binary', rows: 40, width: 4, seed: 2 }),
  candidate: {
    estimator: 'mlp',
    hyperparameters: {
      hiddenLayers: [8],
      batchSize: 1,
      dropout: 0.2,
      learningRate: 0.01,
      schedule: { kind: 'cosine' },
      epochs: 3,
      patience: 2,
    },
  },
});

const solver = trainOptions({
  problem: problemOf('multiclass', 'accuracy'),
  data: sampleRows({ task: 'multiclass', rows: 60, width: 4 }),
  validation: sampleRows({ task: 'multiclass', rows: 40, width: 4, seed: 2 }),
  candidate: { estimator: 'logistic', hyperparameters: { c: 100, maxIterations: 12 } },
});

/** All of an outcome but the time that it took. */
const facts = ({ weights, ...rest }: Trained) => ({
  ...rest,
  seconds: null,
  hash: hashWeights(weights),
});

/** Trains to the end, and gives every state that was offered on the way. */
async function trainWithStates(options: TrainOptions) {
  const states: Uint8Array[] = [];
  const onCheckpoint = async (state: () => Uint8Array) => void states.push(state());
  return { trained: facts(await train({ ...options, onCheckpoint })), states };
}

/** Trains until `slices` checkpoints were offered, then aborts; gives the state offered after that. */
async function abortAfter(options: TrainOptions, slices: number): Promise<Uint8Array> {
  const stopping = new AbortController();
  const reason = new Error('stop here');
  let offered = 0;
  let last: Uint8Array | undefined;
  const onCheckpoint = async (state: () => Uint8Array) => {
    if (stopping.signal.aborted) last = state();
    offered += 1;
    if (offered === slices) stopping.abort(reason);
  };
  await expect(train({ ...options, onCheckpoint, signal: stopping.signal })).rejects.toBe(reason);
  expect(offered).toBe(slices + 1);
  return last as Uint8Array;
}

test.each([
  { name: 'network', options: network, leastStates: 5 },
  { name: 'solver', options: solver, leastStates: 10 },
])('a $name resumes from any checkpoint to the same outcome, bit for bit', async (given) => {
  const { trained, states } = await trainWithStates(given.options);
  expect(states.length).toBeGreaterThanOrEqual(given.leastStates);
  for (const [index, resumeFrom] of states.entries()) {
    const resumed = facts(await train({ ...given.options, resumeFrom }));
    expect(resumed, `from checkpoint ${index}`).toEqual(trained);
  }
});

test.each([
  { name: 'network', options: network },
  { name: 'solver', options: solver },
])('an aborted $name offers its state once more, and goes on from it exactly', async (given) => {
  const whole = facts(await train(given.options));
  const resumeFrom = await abortAfter(given.options, 3);
  expect(facts(await train({ ...given.options, resumeFrom }))).toEqual(whole);
});

test('aborted twice, it still ends as if it had never stopped', async () => {
  const whole = facts(await train(network));
  const first = await abortAfter(network, 1);
  const resumeFrom = await abortAfter({ ...network, resumeFrom: first }, 2);
  expect(facts(await train({ ...network, resumeFrom }))).toEqual(whole);
});

test('a training tells how its steps were run', async () => {
  expect((await train(network)).execution).toMatchObject({ engine: 'graph' });
  expect((await train(solver)).execution).toBeNull();
});

test('the seconds of earlier attempts count towards the limit', async () => {
  const kept = decodeTrainingState(await abortAfter(network, 1));
  const state = { ...kept.state, seconds: 5000 };
  const resumeFrom = encodeTrainingState(state, kept.estimatorState);
  const resumed = await train({ ...network, resumeFrom, maxSeconds: 4000 });
  expect(resumed.status).toBe('out-of-time');
  expect(resumed.epochs).toBe(1);
  expect(resumed.seconds).toBeGreaterThan(5000);
});

test('an aborted training leaves no tensor behind', async () => {
  const tf = await loadTensorFlow();
  const before = tf.memory().numTensors;
  await abortAfter(network, 2);
  expect(tf.memory().numTensors).toBe(before);
});

test('a checkpoint that is cut short is refused', async () => {
  const { states } = await trainWithStates(solver);
  const whole = states[0] as Uint8Array;
  const resumeFrom = whole.subarray(0, whole.length - 8);
  await expect(train({ ...solver, resumeFrom })).rejects.toThrow('Training state holds');
});
