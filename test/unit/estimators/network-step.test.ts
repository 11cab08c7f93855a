import { beforeAll, expect, test } from 'vitest';
import { loadTensorFlow, type TensorFlow } from '../../../src/ml/backend.ts';
import { cnnNetwork } from '../../../src/ml/estimators/cnn/cnn-network.ts';
import { mlpNetwork } from '../../../src/ml/estimators/mlp/mlp-network.ts';
import { dropoutMask } from '../../../src/ml/estimators/network/dropout-mask.ts';
import { sizeOf } from '../../../src/ml/estimators/network/network.ts';
import { NetworkStep } from '../../../src/ml/estimators/network/network-step.ts';
import { compile } from '../../../src/ml/graph/compile.ts';
import { EagerStep } from '../../../src/ml/graph/eager-step.ts';
import type { StepRunner, Values } from '../../../src/ml/graph/step-runner.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { gatherRows } from '../../../src/ml/training/table-batches.ts';
import {
  CnnHyperparameters,
  MlpHyperparameters,
  OptimizerName,
} from '../../../src/schemas/hyperparameters.ts';
import { numbersOnly } from '../../support/memory-rows.ts';

const STEPS = 25;
const WIDTH = 6;
const CLASSES = 3;
const shape = {
  task: 'multiclass',
  layout: numbersOnly(WIDTH),
  width: WIDTH,
  classes: CLASSES,
  classCounts: [5, 6, 7],
} as const;

let tf: TensorFlow;
let before: number;
beforeAll(async () => {
  tf = await loadTensorFlow();
  before = tf.memory().numTensors;
});

function stepOf(given: Partial<MlpHyperparameters>, { hasTable = false, parts = 1 } = {}) {
  const hyperparameters = MlpHyperparameters.parse({ hiddenLayers: [9, 5], ...given });
  const network = mlpNetwork(shape, hyperparameters);
  const step = new NetworkStep({
    network,
    shape,
    hyperparameters,
    seed: 4,
    parts,
    hasTable,
  });
  return { step, initial: network.initialise(4) };
}

/** Images of odd sizes, and one feature beside them. */
const image = { height: 5, width: 7, channels: 3 } as const;
const imageShape = {
  ...shape,
  layout: { numeric: 5 * 7 * 3 + 1, categories: [], imputed: [0], image },
  width: 5 * 7 * 3 + 1,
  image,
};

function cnnStepOf(given: Partial<CnnHyperparameters>, parts = 1) {
  const hyperparameters = CnnHyperparameters.parse({
    filters: [4, 3],
    hiddenLayers: [6],
    ...given,
  });
  const network = cnnNetwork(imageShape, image, hyperparameters);
  const setup = { network, shape: imageShape, hyperparameters, seed: 4 };
  const step = new NetworkStep({ ...setup, parts, hasTable: false });
  return { step, initial: network.initialise(4) };
}

/** Inputs of STEPS batches of this many rows. */
function inputsOf(step: NetworkStep, batch: number): Values {
  const stream = new RandomStream(1, 'test');
  const normals = (count: number) => Float32Array.from({ length: count }, () => stream.normal());
  const wanted = new Float32Array(STEPS * batch * CLASSES);
  for (let row = 0; row < STEPS * batch; row++) wanted[row * CLASSES + stream.below(CLASSES)] = 1;
  const perStep = step.inputs['errorFactor']?.shape.length === 0 ? 1 : batch;
  const numbers = Array.from({ length: STEPS }, (_, i) =>
    step.numbers({ learningRate: 0.05 / (i + 1), iteration: i + 1 }),
  );
  const named = Object.keys(numbers[0] ?? {}).map((name) => {
    const values = numbers.map((each) => each[name] as number);
    return [name, name === 'iteration' ? Int32Array.from(values) : Float32Array.from(values)];
  });
  return {
    features: normals(STEPS * batch * (step.inputs['features']?.shape[1] ?? 0)),
    wanted,
    errorFactor: new Float32Array(STEPS * perStep).fill(1 / batch),
    ...(Object.fromEntries(named) as Values),
  };
}

/** What a runner makes of all steps, from the same state. */
function finish(
  runner: StepRunner,
  step: NetworkStep,
  initial: Float32Array,
  batch: number,
  inputs: Values = inputsOf(step, batch),
) {
  const zeros = new Float32Array(initial.length);
  step.parameters.write(tf, runner, [initial, zeros, zeros]);
  const outputs = runner.run(STEPS, inputs);
  const finished = { outputs, state: runner.readValues() };
  runner.dispose();
  return finished;
}

const cases: Partial<MlpHyperparameters>[] = OptimizerName.options.flatMap((optimizer) => [
  { optimizer, activation: 'relu', l2: 0 },
  { optimizer, activation: 'tanh', l2: 0.02, dropout: 0.3, classWeights: 'balanced' },
  { optimizer, activation: 'relu', l2: 0.02, dropout: 0.5, hiddenLayers: [16, 4, 7] },
  { optimizer, l2: 0.01, hiddenLayers: [] },
]);
/** As a graph and op by op, at several batch sizes. */
function expectSameBits({ step, initial }: ReturnType<typeof stepOf>): void {
  for (const batch of [step.parts, 7, 32]) {
    const graph = finish(compile(tf, step), step, initial, batch);
    expect(graph).toEqual(finish(new EagerStep(tf, step), step, initial, batch));
    expect(graph.state['values']).not.toEqual(initial);
  }
  expect(tf.memory().numTensors).toBe(before);
}

for (const given of cases.filter(({ dropout }) => dropout === 0.3)) {
  test(`${JSON.stringify(given)} in parts gives the same bits as a graph and op by op`, () => {
    expectSameBits(stepOf(given, { parts: 2 }));
    expectSameBits(stepOf(given, { parts: 3 }));
  });
}

for (const given of cases) {
  test(`${JSON.stringify(given)} gives the same bits as a graph and op by op`, () => {
    expectSameBits(stepOf(given));
  });
}

const imageCases: Partial<CnnHyperparameters>[] = [
  { optimizer: 'adam', activation: 'relu', l2: 0 },
  { optimizer: 'adamw', activation: 'tanh', l2: 0.02, dropout: 0.3, classWeights: 'balanced' },
  { optimizer: 'rmsprop', filters: [3], kernelSize: 5, hiddenLayers: [] },
  {
    optimizer: 'momentum',
    filters: [3, 4, 5, 6],
    kernelSize: 2,
    hiddenLayers: [7, 4],
    dropout: 0.5,
  },
];
for (const given of imageCases) {
  test(`convolutions with ${JSON.stringify(given)} give the same bits as a graph and op by op`, () => {
    expectSameBits(cnnStepOf(given));
    expectSameBits(cnnStepOf(given, 3));
  });
}

test('large kernels are updated each by itself, to the same bits as a graph and op by op', () => {
  const given: Partial<MlpHyperparameters> = {
    ...{ optimizer: 'adamw', l2: 0.02 },
    ...{ hiddenLayers: [128, 130], dropout: 0.2 },
  };
  const { step } = stepOf(given);
  expect(Object.keys(step.state)).toEqual([
    ...['values', 'slot0', 'slot1'],
    ...['values', 'slot0', 'slot1'].map((kind) => `layers.1.kernel/${kind}`),
  ]);
  for (const parts of [1, 2, 3]) expectSameBits(stepOf(given, { parts }));
});

test('parameters lie in blocks as they lay in one vector', () => {
  const { step } = stepOf({ optimizer: 'momentum', hiddenLayers: [128, 130] });
  const count = Object.values(step.state).reduce((sum, { shape: of }) => sum + sizeOf(of), 0) / 2;
  const vectors = [0, 1].map((kind) =>
    Float32Array.from({ length: count }, (_, i) => i + kind / 2),
  );
  const cut = step.parameters.cut(vectors);
  // What stands between 6 × 128 values and the 130 × 3 of the last kernel.
  expect(cut['layers.1.kernel/values']?.[0]).toBe(6 * 128);
  expect(cut['values']?.[6 * 128]).toBe(6 * 128 + 128 * 130);
  expect(step.parameters.join(cut)).toEqual(vectors);
});

test.each([
  {
    title: 'dense layers',
    stepIn: (parts: number) => stepOf({ l2: 0.01, dropout: 0.2 }, { parts }),
  },
  { title: 'convolutions', stepIn: (parts: number) => cnnStepOf({ optimizer: 'adam' }, parts) },
])('$title in parts go where they go as a whole, but for rounding', ({ stepIn }) => {
  const { initial } = stepIn(1);
  const [whole, parted] = [1, 3].map((parts) => {
    const { step } = stepIn(parts);
    return finish(compile(tf, step), step, initial, 16).state['values'];
  }) as [Float32Array, Float32Array];
  const farthest = (from: Float32Array) =>
    Math.max(...whole.map((value, i) => Math.abs(value - (from[i] as number))));
  expect(farthest(parted) / farthest(initial)).toBeLessThan(1e-3);
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'oneDNN multiplies, convolves and pools',
  () => {
    const compiled = compile(tf, cnnStepOf({ optimizer: 'adam' }).step);
    compiled.dispose();
    expect([...compiled.ops.keys()].filter((op) => op.startsWith('_Mkl')).sort()).toEqual([
      '_MklMatMul',
      '_MklNativeConv2D',
      '_MklNativeConv2DBackpropFilter',
      '_MklNativeConv2DBackpropInput',
      '_MklNativeMaxPool',
      '_MklNativeMaxPoolGrad',
    ]);
    expect(compiled.ops.has('BatchMatMulV2')).toBe(false);
  },
);

test('rows taken from a table in the graph, or op by op, are as good as rows that are given', () => {
  const given = { optimizer: 'adam', dropout: 0.3 } as const;
  const { step, initial } = stepOf(given);
  const { features = new Float32Array(), ...others } = inputsOf(step, 8);
  const expected = finish(compile(tf, step), step, initial, 8);
  const { step: taking } = stepOf(given, { hasTable: true });
  // The table has the rows in reverse.
  const rows = features.length / WIDTH;
  const rowNumbers = Int32Array.from({ length: rows }, (_, row) => rows - 1 - row);
  const table = gatherRows(features as Float32Array, rowNumbers, WIDTH);
  for (const runner of [compile(tf, taking), new EagerStep(tf, taking)]) {
    runner.share({ table });
    expect(finish(runner, taking, initial, 8, { ...others, rowNumbers })).toEqual(expected);
  }
  expect(tf.memory().numTensors).toBe(before);
});

test('Adam is one op of its own, and so is the gradient of relu', () => {
  const compiled = compile(tf, stepOf({ optimizer: 'adam' }).step);
  expect(compiled.ops.get('ResourceApplyAdam')).toBe(1);
  expect(compiled.ops.get('ReluGrad')).toBe(2);
  // What is fetched of each state, and in a step the parameters alone: what Adam keeps is read by Adam.
  expect(compiled.ops.get('ReadVariableOp')).toBe(3 + 1);
  compiled.dispose();
});

test('a mask drops about as many units as its rate says, and keeps the expectation', () => {
  const mask = dropoutMask(10_001, 0.25, { seed: 3, layer: 1, iteration: 70_000 });
  expect(mask.filter((value) => value === 0).length / mask.length).toBeCloseTo(0.25, 1);
  expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
});
