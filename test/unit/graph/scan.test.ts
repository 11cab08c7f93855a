import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadTensorFlow, type TensorFlow } from '../../../src/ml/backend.ts';
import { compile } from '../../../src/ml/graph/compile.ts';
import { EagerStep } from '../../../src/ml/graph/eager-step.ts';
import { NotCompilable } from '../../../src/ml/graph/not-compilable.ts';
import { scan } from '../../../src/ml/graph/scan.ts';
import type { StepRunner, Values } from '../../../src/ml/graph/step-runner.ts';
import type { TensorSpec, TrainingStep } from '../../../src/ml/graph/training-step.ts';
import { leftovers } from '../../support/compilations.ts';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow();
});

const float32 = (...shape: number[]): TensorSpec => ({ dtype: 'float32', shape });
const TURNS = 4;

/** A step whose only output is what a loop over its input, [turns, rows, 2], makes of it. */
const stepOf = (
  body: (sequence: Tensor, weights: Tensor2D) => Tensor,
  turns = TURNS,
): TrainingStep => ({
  state: { weights: float32(2, 2) },
  inputs: { rows: float32(-1, turns * 2) },
  outputs: { result: float32(-1, 2) },
  run(_tf, { weights }, { rows }) {
    const sequence = tf.transpose(tf.reshape(rows as Tensor, [-1, turns, 2]), [1, 0, 2]);
    return { state: {}, outputs: { result: body(sequence, weights as Tensor2D) } };
  },
});

const only = (tensors: readonly Tensor[]): Tensor2D => tensors[0] as Tensor2D;

/** s ← (s + xₜ) W */
const running = (sequence: Tensor, weights: Tensor2D, isReversed = false) =>
  scan(tf, {
    carried: [tf.zerosLike(tf.slice(sequence, 0, 1)).reshape([-1, 2])],
    sequences: [sequence],
    constants: [weights],
    isReversed,
    cell(carried, steps, constants) {
      const next = tf.matMul(tf.add<Tensor2D>(only(carried), only(steps)), only(constants));
      return { carried: [next], outputs: [next] };
    },
  });

function resultOf(runner: StepRunner, batch: number, turns = TURNS): Values {
  runner.write({ weights: tf.tensor2d([0.5, -0.25, 0.75, 1], [2, 2]) });
  const rows = Float32Array.from({ length: 3 * batch * turns * 2 }, (_, i) => Math.sin(i));
  return runner.run(3, { rows });
}

const forms: readonly [string, TrainingStep][] = [
  ['forward', stepOf((sequence, weights) => only(running(sequence, weights).carried))],
  ['backward', stepOf((sequence, weights) => only(running(sequence, weights, true).carried))],
  [
    'what each turn gives, in the order of the sequence',
    stepOf((sequence, weights) => {
      const [all] = running(sequence, weights, true).outputs;
      const places = tf.tensor1d([1, 10, 100, 1000]).reshape([TURNS, 1, 1]);
      return tf.sum(tf.mul(all as Tensor, places), 0);
    }),
  ],
  [
    'one loop after another, and one within another',
    stepOf((sequence, weights) => {
      const [first] = running(sequence, weights).outputs as [Tensor];
      const outer = scan(tf, {
        carried: [tf.zerosLike(tf.slice(first, 0, 1)).reshape([-1, 2])],
        sequences: [first],
        constants: [sequence, weights],
        cell([sum], [step], [all, kernel]) {
          const inner = only(running(all as Tensor, kernel as Tensor2D).carried);
          return { carried: [tf.add(sum as Tensor, tf.mul(step as Tensor, inner))], outputs: [] };
        },
      });
      return only(outer.carried);
    }),
  ],
];

test.each(forms)('a loop in the graph gives the bits that it gives op by op: %s', (_, step) => {
  const compiled = compile(tf, step);
  for (const batch of [1, 6]) {
    const eager = new EagerStep(tf, step);
    expect(resultOf(compiled, batch)).toEqual(resultOf(eager, batch));
    eager.dispose();
  }
  compiled.dispose();
});

test.each([1, 2, 3, 5, 6, 8, 21, 24])(
  'a sequence of %i steps, in whatever groups the graph takes them, gives the same bits',
  (turns) => {
    const step = stepOf((sequence, weights) => {
      const [all] = running(sequence, weights).outputs as [Tensor];
      const { carried, outputs } = running(all, weights, true);
      return tf.add(only(carried), tf.sum(outputs[0] as Tensor, 0));
    }, turns);
    const [compiled, eager] = [compile(tf, step), new EagerStep(tf, step)];
    expect(resultOf(compiled, 3, turns)).toEqual(resultOf(eager, 3, turns));
    compiled.dispose();
    eager.dispose();
  },
);

test('the graph is as large for a long sequence as for a short one', () => {
  const nodes = [8, 80].map((turns) => {
    const step = stepOf((sequence, weights) => only(running(sequence, weights).carried), turns);
    const compiled = compile(tf, step);
    const count = [...compiled.ops.values()].reduce((sum, each) => sum + each, 0);
    compiled.dispose();
    return count;
  });
  expect(nodes[0]).toBe(nodes[1]);
});

test('a cell that reads what the loop is not given can’t be compiled, and runs op by op', () => {
  const step = stepOf((sequence, weights) => {
    const hidden = tf.square(weights);
    const result = scan(tf, {
      carried: [tf.zerosLike(tf.slice(sequence, 0, 1)).reshape([-1, 2])],
      sequences: [sequence],
      constants: [],
      cell: ([sum], [one]) => ({
        carried: [tf.add(sum as Tensor, tf.matMul(one as Tensor2D, hidden))],
        outputs: [],
      }),
    });
    return only(result.carried);
  });
  expect(() => compile(tf, step)).toThrow(NotCompilable);
  expect(() => compile(tf, step)).toThrow(/a tensor that the loop is not given/);
  const eager = new EagerStep(tf, step);
  expect(resultOf(eager, 2)['result']).toHaveLength(3 * 2 * 2);
  eager.dispose();
});

test('a tensor that is given twice is refused', () => {
  const x = tf.zeros([3, 2]);
  const given = { carried: [x], sequences: [tf.zeros([2, 3, 2])], constants: [x] };
  const cell = () => ({ carried: [x], outputs: [] });
  expect(() => scan(tf, { ...given, cell })).toThrow('the same tensor twice');
});

test('loops leave no tensor behind, however many steps are done', async () => {
  const before = await leftovers(tf);
  const compiled = compile(tf, (forms[3] as (typeof forms)[3])[1]);
  const weights = tf.zeros<typeof tf.Rank.R2>([2, 2]);
  compiled.write({ weights });
  weights.dispose();
  compiled.run(500, { rows: new Float32Array(500 * TURNS * 2) });
  compiled.dispose();
  expect(await leftovers(tf)).toEqual(before);
});
