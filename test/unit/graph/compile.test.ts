import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadTensorFlow, type TensorFlow } from '../../../src/ml/backend.ts';
import { compile } from '../../../src/ml/graph/compile.ts';
import { nativeBackend } from '../../../src/ml/graph/native-backend.ts';
import { NotCompilable } from '../../../src/ml/graph/not-compilable.ts';
import type {
  HostValues,
  TensorSpec,
  Tensors,
  TrainingStep,
} from '../../../src/ml/graph/training-step.ts';
import { RandomStream } from '../../../src/ml/random.ts';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow();
});

const float32 = (...shape: number[]): TensorSpec => ({ dtype: 'float32', shape });

/** Least squares by gradient descent: θ ← θ − α Xᵀ(Xθ − y) / n. */
const leastSquares: TrainingStep = {
  state: { weights: float32(3, 1) },
  inputs: { features: float32(-1, 3), targets: float32(-1, 1), rate: float32() },
  outputs: { errors: float32(-1, 1) },
  run(tf, { weights }, { features, targets, rate }) {
    const errors = tf.sub(tf.matMul(features as Tensor2D, weights as Tensor2D), targets as Tensor);
    const gradient = tf.matMul(features as Tensor2D, errors, true);
    return {
      state: { weights: tf.sub(weights as Tensor, tf.mul(gradient, rate as Scalar)) },
      outputs: { errors },
    };
  },
};

/** A small convolutional network, differentiated by TensorFlow.js, with momentum. */
const convolution: TrainingStep = {
  state: { filters: float32(3, 3, 1, 4), kernel: float32(36, 3), velocity: float32(3, 3, 1, 4) },
  inputs: { images: float32(-1, 8, 8, 1), wanted: float32(-1, 3) },
  outputs: { loss: float32() },
  run(tf, state, { images, wanted }) {
    const loss = (filters: Tensor, kernel: Tensor) => {
      const maps = tf.relu(tf.conv2d(images as Tensor4D, filters as Tensor4D, 1, 'valid'));
      const pooled = tf.maxPool(maps, 2, 2, 'valid');
      const flat = tf.reshape<typeof tf.Rank.R2>(pooled, [-1, 36]);
      const scores = tf.softmax(tf.matMul(flat, kernel as Tensor2D));
      return tf.mean<Scalar>(tf.square(tf.sub(scores, wanted as Tensor)));
    };
    const { value, grads } = tf.valueAndGrads(loss)([
      state['filters'] as Tensor,
      state['kernel'] as Tensor,
    ]);
    const [byFilters, byKernel] = grads as [Tensor, Tensor];
    const velocity = tf.add(tf.mul(state['velocity'] as Tensor, 0.9), byFilters);
    return {
      state: {
        velocity,
        filters: tf.sub(state['filters'] as Tensor, tf.mul(velocity, 0.1)),
        kernel: tf.sub(state['kernel'] as Tensor, tf.mul(byKernel, 0.1)),
      },
      outputs: { loss: value },
    };
  },
};

function randomValues(count: number, seed: number): Float32Array {
  const stream = new RandomStream(seed, 'test');
  return Float32Array.from({ length: count }, () => stream.normal());
}

const sizeOf = (shape: readonly number[], batch: number): number =>
  shape.reduce((product, size) => product * (size === -1 ? batch : size), 1);

/** Inputs of `steps` steps, each with the steps as first dimension. */
const inputsOf = (step: TrainingStep, steps: number, batch: number): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(step.inputs).map(([name, { shape }], i) => [
      name,
      randomValues(steps * sizeOf(shape, batch), 100 + i).map((value) => value * 0.1),
    ]),
  );

const initialOf = (step: TrainingStep): Tensors =>
  Object.fromEntries(
    Object.entries(step.state).map(([name, { shape }], i) => [
      name,
      tf.tensor(
        randomValues(sizeOf(shape, 1), i).map((value) => value * 0.3),
        [...shape],
      ),
    ]),
  );

/** The same steps op by op. */
function runEagerly(
  step: TrainingStep,
  inputs: Record<string, HostValues>,
  steps: number,
  batch: number,
) {
  let state = initialOf(step);
  const outputs: HostValues[] = [];
  for (let turn = 0; turn < steps; turn++) {
    const given = Object.fromEntries(
      Object.entries(step.inputs).map(([name, { shape }]) => {
        const size = sizeOf(shape, batch);
        const sizes = shape.map((each) => (each === -1 ? batch : each));
        const values = (inputs[name] as HostValues).slice(turn * size, (turn + 1) * size);
        return [name, tf.tensor(values, sizes)];
      }),
    );
    const result = step.run(tf, state, given);
    state = { ...state, ...result.state };
    outputs.push(...Object.values(result.outputs).map((tensor) => tensor.dataSync() as HostValues));
  }
  const values = Object.entries(state).map(([name, tensor]) => [name, tensor.dataSync()] as const);
  return {
    state: Object.fromEntries(values),
    outputs: Float32Array.from(outputs.flatMap((each) => [...each])),
  };
}

for (const [title, step] of [
  ['a linear model', leastSquares],
  ['a convolutional network', convolution],
] as const) {
  test(`${title} trains in the graph as it does op by op, bit for bit, at any batch size`, () => {
    const compiled = compile(tf, step);
    for (const batch of [1, 4, 32]) {
      const inputs = inputsOf(step, 20, batch);
      const initial = initialOf(step);
      compiled.write(initial);
      const outputs = compiled.run(20, inputs);
      const eager = tf.tidy(() => runEagerly(step, inputs, 20, batch) as never) as ReturnType<
        typeof runEagerly
      >;
      expect(compiled.readValues()).toEqual(eager.state);
      expect(Object.values(outputs)[0]).toEqual(eager.outputs);
      tf.dispose(Object.values(initial));
    }
    compiled.dispose();
  });
}

test('state that is read, written into another session and trained on gives the same bits', () => {
  const inputs = inputsOf(leastSquares, 10, 4);
  const half = (from: number) =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, values]) => [
        name,
        values.slice((values.length * from) / 2, (values.length * (from + 1)) / 2),
      ]),
    );
  const initial = initialOf(leastSquares);
  const whole = compile(tf, leastSquares);
  whole.write(initial);
  whole.run(10, inputs);
  const stopped = compile(tf, leastSquares);
  stopped.write(initial);
  stopped.run(5, half(0));
  const { weights } = stopped.readValues();
  stopped.dispose();
  const resumed = compile(tf, leastSquares);
  const restored = tf.tensor(weights as Float32Array, [3, 1]);
  resumed.write({ weights: restored });
  resumed.run(5, half(1));
  expect(resumed.readValues()).toEqual(whole.readValues());
  whole.dispose();
  resumed.dispose();
  tf.dispose([restored, ...Object.values(initial)]);
});

const refused: readonly [string, Partial<TrainingStep>, string][] = [
  [
    'draws random numbers',
    {
      run: (tf, { weights }) => ({
        state: { weights: tf.add(weights as Tensor, tf.randomUniform([3, 1])) },
        outputs: { errors: tf.zeros([2, 1]) },
      }),
    },
    'random numbers',
  ],
  [
    'reads a value and decides by it',
    {
      run: (tf, { weights }, { features }) => ({
        state: {
          weights:
            (tf.max(features as Tensor).dataSync()[0] ?? 0) > 0
              ? (weights as Tensor)
              : tf.neg(weights as Tensor),
        },
        outputs: { errors: features as Tensor },
      }),
    },
    'reads the value of Max',
  ],
  [
    'computes with the number of rows on the host',
    {
      run: (tf, { weights }, { features, targets }) => ({
        state: {
          weights: tf.sub(
            weights as Tensor,
            tf.mul(tf.sum(features as Tensor), 1 / (features?.shape[0] ?? 1)),
          ),
        },
        outputs: { errors: tf.neg(targets as Tensor) },
      }),
    },
    'depends on the batch size',
  ],
];
for (const [title, change, reason] of refused) {
  test(`a step that ${title} is refused, with the reason, and leaves nothing behind`, () => {
    const before = [tf.memory().numTensors, nativeBackend(tf).getNumOfSavedModels()];
    expect(() => compile(tf, { ...leastSquares, ...change })).toThrow(NotCompilable);
    expect(() => compile(tf, { ...leastSquares, ...change })).toThrow(reason);
    expect([tf.memory().numTensors, nativeBackend(tf).getNumOfSavedModels()]).toEqual(before);
  });
}

test('arithmetic with constants is not rewritten: x / 3 is not x times a third', () => {
  const step: TrainingStep = {
    state: { values: float32(1000) },
    inputs: { ignored: float32() },
    outputs: {},
    run: (tf, { values }) => ({
      state: { values: tf.div(values as Tensor1D, 3) },
      outputs: {},
    }),
  };
  const compiled = compile(tf, step);
  const values = randomValues(1000, 3);
  const tensor = tf.tensor1d(values);
  compiled.write({ values: tensor });
  compiled.run(1, { ignored: Float32Array.of(0) });
  expect(compiled.readValues()['values']).toEqual(values.map((value) => value / 3));
  compiled.dispose();
  tensor.dispose();
});

test('what nothing needs is left out, and what is the same is computed once', () => {
  const step: TrainingStep = {
    state: { value: float32() },
    inputs: { by: float32() },
    outputs: {},
    run(tf, { value }, { by }) {
      tf.sin(by as Tensor);
      const twice = tf.add(tf.exp(by as Tensor), tf.exp(by as Tensor));
      return { state: { value: tf.add(value as Tensor, twice) }, outputs: {} };
    },
  };
  const compiled = compile(tf, step);
  expect(compiled.ops.get('Exp')).toBe(1);
  expect(compiled.ops.has('Sin')).toBe(false);
  compiled.dispose();
});

test('steps of state that is not changed leave it to the bit', () => {
  const step: TrainingStep = {
    state: { kept: float32(3), moved: float32(3) },
    inputs: { by: float32() },
    outputs: { told: float32(3) },
    run: (tf, { kept, moved }, { by }) => ({
      state: { moved: tf.add(moved as Tensor, tf.mul(kept as Tensor, by as Tensor)) },
      outputs: { told: moved as Tensor },
    }),
  };
  const compiled = compile(tf, step);
  const [kept, moved] = [tf.tensor1d([Number.NaN, -0, 2]), tf.tensor1d([0, 0, 1])];
  compiled.write({ kept, moved });
  const { told } = compiled.run(2, { by: Float32Array.of(10, 1) });
  expect(told).toEqual(Float32Array.of(0, 0, 1, Number.NaN, 0, 21));
  expect(compiled.readValues()).toEqual({
    kept: Float32Array.of(Number.NaN, -0, 2),
    moved: Float32Array.of(Number.NaN, 0, 23),
  });
  compiled.dispose();
  tf.dispose([kept, moved]);
});

test('a shape may have the batch, and another size that follows from the rest', () => {
  const step: TrainingStep = {
    state: { kept: float32() },
    inputs: { rows: float32(-1, 6) },
    outputs: { last: float32(2, -1) },
    run(tf, { kept }, { rows }) {
      const [batch] = (rows as Tensor2D).shape;
      const cut = tf.reshape(tf.add(rows as Tensor, kept as Tensor), [2, batch, -1]);
      return { state: {}, outputs: { last: tf.sum(cut, 2) } };
    },
  };
  const compiled = compile(tf, step);
  const kept = tf.scalar(0);
  compiled.write({ kept });
  const rows = Float32Array.from({ length: 18 }, (_, i) => i);
  expect(compiled.run(1, { rows })['last']).toEqual(Float32Array.of(3, 12, 21, 30, 39, 48));
  compiled.dispose();
  kept.dispose();
});
