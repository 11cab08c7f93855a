import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadTensorFlow, type TensorFlow } from '../../../src/ml/backend.ts';
import { sumByNumber } from '../../../src/ml/estimators/network/look-up.ts';
import { type Network, prepareArrays } from '../../../src/ml/estimators/network/network.ts';
import { NetworkStep } from '../../../src/ml/estimators/network/network-step.ts';
import { gru } from '../../../src/ml/estimators/recurrent/gru.ts';
import { lstm } from '../../../src/ml/estimators/recurrent/lstm.ts';
import { textNetwork } from '../../../src/ml/estimators/recurrent/text-network.ts';
import { compile } from '../../../src/ml/graph/compile.ts';
import { EagerStep } from '../../../src/ml/graph/eager-step.ts';
import type { StepRunner, Values } from '../../../src/ml/graph/step-runner.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { MlpHyperparameters } from '../../../src/schemas/hyperparameters.ts';
import { numbersOnly } from '../../support/memory-rows.ts';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow();
});

const STEPS = 5;
const BATCH = 3;
const INPUTS = 4;
const UNITS = 6;
const random = (shape: readonly number[], seed: number): Tensor => {
  const stream = new RandomStream(seed, 'test-recurrent');
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => stream.normal() * 0.5),
    [...shape],
  );
};

type Sums = readonly Tensor2D[];

/** Sums of a step, cut by gates. */
const sumsOf = (x: Tensor2D, weights: Tensor2D, gates: number): Sums =>
  tf.split(tf.matMul(x, weights), gates, 1);

/** The formulas as they are written, step by step: what TensorFlow.js differentiates by itself. */
const formulas = {
  gru(given: readonly Tensor[]): Tensor2D {
    const [kernel, recurrent, bias, recurrentBias, sequence] = given as [
      Tensor2D,
      Tensor2D,
      Tensor1D,
      Tensor1D,
      Tensor3D,
    ];
    const [bz, br, bn] = tf.split(bias, 3) as [Tensor1D, Tensor1D, Tensor1D];
    let h: Tensor2D = tf.zeros([BATCH, UNITS]);
    for (const x of tf.unstack(sequence) as Tensor2D[]) {
      const [xz, xr, xn] = sumsOf(x, kernel, 3) as [Tensor2D, Tensor2D, Tensor2D];
      const [hz, hr, hn] = sumsOf(h, recurrent, 3) as [Tensor2D, Tensor2D, Tensor2D];
      const z = tf.sigmoid(tf.addN([xz, hz]).add(bz));
      const r = tf.sigmoid(tf.addN([xr, hr]).add(br));
      const n = tf.tanh(tf.add(xn, bn).add(tf.mul(r, tf.add(hn, recurrentBias))));
      h = tf.add<Tensor2D>(tf.mul(tf.sub(1, z), n), tf.mul(z, h));
    }
    return h;
  },
  lstm(given: readonly Tensor[]): Tensor2D {
    const [kernel, recurrent, bias, sequence] = given as [Tensor2D, Tensor2D, Tensor1D, Tensor3D];
    let [h, c]: Tensor2D[] = [tf.zeros([BATCH, UNITS]), tf.zeros([BATCH, UNITS])];
    for (const x of tf.unstack(sequence) as Tensor2D[]) {
      const ofBoth = tf.add<Tensor2D>(tf.matMul(x, kernel), tf.matMul(h as Tensor2D, recurrent));
      const [i, f, g, o] = tf.split(tf.add(ofBoth, bias), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
      c = tf.add(tf.mul(tf.sigmoid(f), c as Tensor2D), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    }
    return h as Tensor2D;
  },
};

const largestDifference = (a: Tensor, b: Tensor): number =>
  tf.max(tf.abs(tf.sub(tf.reshape(a, [-1]), tf.reshape(b, [-1])))).dataSync()[0] as number;

test.each([
  { cell: 'gru', layer: gru },
  { cell: 'lstm', layer: lstm },
] as const)('$cell gives what its formulas give, and their gradients', ({ cell, layer }) => {
  tf.tidy(() => {
    const shapes = [
      [INPUTS, layer.gates * UNITS],
      [UNITS, layer.gates * UNITS],
      ...layer.biasShapes(UNITS).map(({ shape }) => shape),
      [STEPS, BATCH, INPUTS],
    ];
    const given = shapes.map((shape, i) => random(shape, i));
    const delta = random([BATCH, UNITS], 9) as Tensor2D;
    const [kernel, recurrent] = given as [Tensor2D, Tensor2D];
    const biases = given.slice(2, -1) as Tensor1D[];
    const rows: Tensor2D = tf.reshape(given.at(-1) as Tensor, [STEPS * BATCH, INPUTS]);
    const prepared = layer.prepare(tf, { kernel, recurrent, biases }, rows);
    const sums = prepared.sums.map((of): Tensor3D => tf.reshape(of, [STEPS, BATCH, -1]));
    expect(sums.length).toBe(layer.sums);
    const pass = layer.through(tf, sums, prepared.constants);
    const plain = formulas[cell];
    expect(largestDifference(pass.last, plain(given))).toBeLessThan(1e-6);

    const loss = (...tensors: Tensor[]) => tf.sum(tf.mul(plain(tensors), delta));
    const expected = tf.grads(loss)(given);
    const found = prepared.gradients(pass.gradients(delta));
    const all = [found.kernel, found.recurrent, ...found.biases, found.rows()];
    expect(all.length).toBe(expected.length);
    all.forEach((gradient, i) => {
      expect(largestDifference(gradient, expected[i] as Tensor)).toBeLessThan(1e-5);
      expect(gradient.size).toBe((expected[i] as Tensor).size);
    });
  });
});

const TOKENS = 7;
/** Of so few tokens each is multiplied once, wherever it occurs. */
const VOCABULARY = 11;
const LARGE_VOCABULARY = 16 * TOKENS + 1;
const TURNS = 12;
const shape = {
  task: 'multiclass',
  layout: numbersOnly(TOKENS),
  width: TOKENS,
  classes: 3,
  classCounts: [1, 1, 1],
} as const;

type Cell = 'gru' | 'lstm';

function textStepOf(cell: Cell, { units = UNITS, parts = 1, vocabulary = VOCABULARY } = {}) {
  const hyperparameters = MlpHyperparameters.parse({ optimizer: 'adam' });
  const network = textNetwork(shape, { cell, vocabulary, embedding: 4, units });
  const setup = { network, shape, hyperparameters, seed: 4, parts, hasTable: false };
  const step = new NetworkStep(setup);
  return { step, initial: network.initialise(4) };
}

/** TURNS batches of texts, each row of another class than the one before. */
function textsOf(step: NetworkStep, batch: number): Values {
  const stream = new RandomStream(2, 'test-texts');
  const rows = TURNS * batch;
  const wanted = new Float32Array(rows * 3);
  for (let row = 0; row < rows; row++) wanted[row * 3 + (row % 3)] = 1;
  const numbers = Array.from({ length: TURNS }, (_, i) =>
    step.numbers({ learningRate: 0.05, iteration: i + 1 }),
  );
  const named = Object.keys(numbers[0] ?? {}).map((name) => [
    name,
    Float32Array.from(numbers, (each) => each[name] as number),
  ]);
  return {
    features: Float32Array.from({ length: rows * TOKENS }, () => stream.below(VOCABULARY)),
    wanted,
    errorFactor: new Float32Array(TURNS * (step.parts > 1 ? batch : 1)).fill(1 / batch),
    ...(Object.fromEntries(named) as Values),
  };
}

function finish(runner: StepRunner, step: NetworkStep, initial: Float32Array, batch: number) {
  const zeros = new Float32Array(initial.length);
  step.parameters.write(tf, runner, [initial, zeros, zeros]);
  const outputs = runner.run(TURNS, textsOf(step, batch));
  return { outputs, state: runner.readValues() };
}

test.each([
  { cell: 'gru', kept: 2, sigmoids: 1 },
  { cell: 'lstm', kept: 3, sigmoids: 3 },
] as const)(
  'a text network of $cell trains in the graph, by loops in the loop, as op by op, bit for bit',
  ({ cell, kept, sigmoids }) => {
    const { step, initial } = textStepOf(cell);
    const compiled = compile(tf, step);
    for (const batch of [1, 4, 9]) {
      const eager = new EagerStep(tf, step);
      const expected = finish(eager, step, initial, batch);
      expect(finish(compiled, step, initial, batch)).toEqual(expected);
      expect(expected.state['values']).not.toEqual(initial);
      eager.dispose();
    }
    // The steps of the training, the sequence forward, and the sequence backward.
    expect(compiled.ops.get('LoopCond')).toBe(3);
    // Once in the cell, whatever the length of the sequence.
    expect(compiled.ops.get('Sigmoid')).toBe(sigmoids);
    // What goes backward takes what went forward as it was kept.
    expect(compiled.ops.get('TensorListGetItem')).toBe(kept);
    compiled.dispose();
  },
);

test.each(['gru', 'lstm'] as const)(
  'a %s of one unit, whose products are of vectors, gives the same bits in the graph',
  (cell) => {
    const { step, initial } = textStepOf(cell, { units: 1 });
    const [compiled, eager] = [compile(tf, step), new EagerStep(tf, step)];
    const [found, expected] = [compiled, eager].map((runner) => finish(runner, step, initial, 9));
    expect(found).toEqual(expected);
    compiled.dispose();
    eager.dispose();
  },
);

test.each([
  { cell: 'gru', vocabulary: VOCABULARY },
  { cell: 'gru', vocabulary: LARGE_VOCABULARY },
  { cell: 'lstm', vocabulary: VOCABULARY },
  { cell: 'lstm', vocabulary: LARGE_VOCABULARY },
] as const)(
  'parts of a batch of $vocabulary tokens go through a $cell beside each other, to the same bits as op by op',
  ({ cell, vocabulary }) => {
    const { step, initial } = textStepOf(cell, { parts: 2, vocabulary });
    const [compiled, eager] = [compile(tf, step), new EagerStep(tf, step)];
    const [found, expected] = [compiled, eager].map((runner) => finish(runner, step, initial, 9));
    expect(found).toEqual(expected);
    expect(compiled.ops.get('LoopCond')).toBe(5);
    compiled.dispose();
    eager.dispose();
  },
);

test.each(['gru', 'lstm'] as const)(
  'a %s gives the same scores and gradients by the table of its tokens as by each of them',
  (cell) => {
    tf.tidy(() => {
      const few = LARGE_VOCABULARY - 1;
      const networks = [few, LARGE_VOCABULARY].map((vocabulary) =>
        textNetwork(shape, { cell, vocabulary, embedding: INPUTS, units: UNITS }),
      );
      const [byTable, byTokens] = networks as [Network, Network];
      expect([byTable.prepare === undefined, byTokens.prepare === undefined]).toEqual([
        false,
        true,
      ]);
      const all = byTokens.arrays.map((array, i) => random(array.shape, i));
      const table = tf.slice(all[0] as Tensor2D, [0, 0], [few, INPUTS]);
      const stream = new RandomStream(3, 'test-tokens');
      const tokens = Float32Array.from({ length: BATCH * TOKENS }, () => stream.below(few));
      const features = tf.tensor2d(tokens, [BATCH, TOKENS]);
      const delta = random([BATCH, 3], 9) as Tensor2D;
      const passes = [
        [byTable, [table, ...all.slice(1)]],
        [byTokens, all],
      ] as const;
      const [found, expected] = passes.map(([network, arrays]) => {
        const prepared = prepareArrays(tf, network, arrays);
        const pass = network.forward(tf, prepared.arrays, features, { masks: [] });
        return [pass.scores, ...prepared.gradients(pass.gradients(delta))];
      }) as [Tensor[], Tensor[]];
      expect(largestDifference(tf.slice(expected[1] as Tensor, [few, 0]), tf.zeros([4]))).toBe(0);
      expected[1] = tf.slice(expected[1] as Tensor, [0, 0], [few, INPUTS]);
      expect(found.map((tensor) => tensor.shape)).toEqual(expected.map((tensor) => tensor.shape));
      found.forEach((tensor, i) => {
        expect(largestDifference(tensor, expected[i] as Tensor)).toBeLessThan(1e-5);
        expect(tf.max(tf.abs(tensor)).dataSync()[0]).toBeGreaterThan(1e-3);
      });
    });
  },
);

test('rows are added up by their numbers, in any order; a number that does not occur has zeros', () => {
  tf.tidy(() => {
    const stream = new RandomStream(5, 'test-sums');
    const numbers = Int32Array.from({ length: 500 }, () => 2 * stream.below(20));
    const rows = Float32Array.from({ length: 500 * 3 }, () => stream.below(100));
    const expected = new Float32Array(41 * 3);
    for (let i = 0; i < rows.length; i++) {
      const place = 3 * (numbers[Math.floor(i / 3)] as number) + (i % 3);
      expected[place] = (expected[place] as number) + (rows[i] as number);
    }
    const sum = sumByNumber(tf, tf.tensor1d(numbers, 'int32'), 41);
    expect(sum(tf.tensor2d(rows, [500, 3])).dataSync()).toEqual(expected);
  });
});

test('an LSTM begins with cells that remember', () => {
  const network = textNetwork(shape, { cell: 'lstm', vocabulary: 3, embedding: 2, units: 2 });
  const values = network.initialise(1);
  expect([...values.slice(-11)]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
});
