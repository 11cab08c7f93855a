import { beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { loadTensorFlow, type TensorFlow } from '../../src/ml/backend.ts';
import type { Estimator, Training, TrainingSetup } from '../../src/ml/estimators/estimator.ts';
import { parseHyperparameters } from '../../src/ml/estimators/index.ts';
import { predictRaw } from '../../src/ml/training/predict-all.ts';
import { decodeWeights, encodeWeights, hashWeights, type Weights } from '../../src/ml/weights.ts';
import type { Hyperparameters } from '../../src/schemas/hyperparameters.ts';
import type { ImageSize } from '../../src/schemas/image.ts';
import type { Task } from '../../src/schemas/problem.ts';
import { leftovers } from '../support/compilations.ts';
import { problemOf } from '../support/problems.ts';
import { sampleRows } from '../support/sample-rows.ts';

export interface ContractCase {
  readonly title: string;
  readonly estimator: Estimator;
  readonly task: Task;
  readonly hyperparameters: Hyperparameters;
  readonly rows: number;
  readonly width: number;
  /** What the first of the `width` inputs are. */
  readonly image?: ImageSize;
  /** How many of the `width` inputs, the last ones, are terms of texts. */
  readonly terms?: number;
  /** Slices that the training takes at least, so that it is stopped where it is meant to be. */
  readonly leastSlices: number;
}

/** Rows of one call, whose results must not depend on each other. */
const GROUPS = [1, 7, 16, 300];

/** What every estimator promises, whatever it is inside. */
export function estimatorContract(given: ContractCase): void {
  const { estimator } = given;
  const setup = setUp(given);
  const others = sampleRows({ ...given, rows: 300, seed: 9 });
  const load = (weights: Weights) => estimator.load(setup.shape, setup.hyperparameters, weights);

  describe(`${estimator.name}, ${given.title}`, () => {
    let tf: TensorFlow;
    let trained: Finished;
    beforeAll(async () => {
      tf = await loadTensorFlow();
      trained = await finish(await estimator.init(setup), { keepStates: true });
    });

    test('the same seed gives the same weights', async () => {
      expect(trained.slices).toBeGreaterThanOrEqual(given.leastSlices);
      const again = await finish(await estimator.init(setup));
      expect(again.hash).toBe(trained.hash);
    });

    test('stopping after any slice, and going on in another training, changes no bit', async () => {
      const { states, hash, slices } = trained;
      for (const [taken, state] of states.entries()) {
        const resumed = await finish(await estimator.restore(setup, state));
        const expected = { hash, slices: slices - taken };
        expect(resumed, `stopped after ${taken} slices`).toMatchObject(expected);
      }
    });

    test('weights come back as they were from safetensors', () => {
      const decoded = decodeWeights(encodeWeights(trained.weights));
      expect(decoded).toEqual(trained.weights);
      expect(hashWeights(decoded)).toBe(trained.hash);
    });

    test('a prediction depends neither on the rows beside it nor on whether the model was stored', async () => {
      const { features, width } = others;
      const asTrained = await load(trained.weights);
      const together = asTrained.predict(features, 300);
      asTrained.dispose();
      const predictor = await load(decodeWeights(encodeWeights(trained.weights)));
      const perRow = together.length / 300;
      for (const group of GROUPS) {
        for (const start of [0, 3, 150, 299].filter((row) => row + group <= 300)) {
          const part = features.subarray(start * width, (start + group) * width);
          const expected = together.subarray(start * perRow, (start + group) * perRow);
          const label = `rows ${start} to ${start + group - 1}`;
          expect(predictor.predict(part, group), label).toEqual(expected);
        }
      }
      predictor.dispose();
    });

    test('a row has one value, or probabilities that sum to 1', async () => {
      const predictor = await load(trained.weights);
      const { classes } = setup.shape;
      const outputs = predictor.predict(others.features, others.rows);
      expect(outputs).toHaveLength(others.rows * Math.max(1, classes));
      expect(outputs.every((value) => Number.isFinite(value))).toBe(true);
      const rows = Array.from({ length: classes === 0 ? 0 : others.rows }, (_, row) =>
        outputs.subarray(row * classes, (row + 1) * classes),
      );
      for (const probabilities of rows) {
        expect(Math.min(...probabilities)).toBeGreaterThanOrEqual(0);
        expect(probabilities.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 6);
      }
      predictor.dispose();
    });

    test('a training’s own outputs are those of its weights, after each slice', async () => {
      const training = await estimator.init(setup);
      for (let slice = 0; slice < 5 && training.outputs !== undefined; slice++) {
        await training.step();
        const predictor = await load(training.weights());
        const expected = await predictRaw(predictor, others);
        expect(await training.outputs(others), `slice ${slice}`).toEqual(expected);
        predictor.dispose();
      }
      training.dispose();
    });

    test('training, restoring and predicting leave no tensor or session behind, at the end or before it', async () => {
      const before = await leftovers(tf);
      const begun = [
        await estimator.init(setup),
        await estimator.restore(setup, trained.states.at(-1) as Uint8Array),
      ];
      const predict = async (weights: Weights) => {
        const predictor = await load(weights);
        predictor.predict(others.features, others.rows);
        predictor.dispose();
      };
      for (const training of begun) {
        await training.step();
        await predict(training.weights());
        training.dispose();
      }
      await predict((await finish(await estimator.init(setup))).weights);
      expect(await leftovers(tf)).toEqual(before);
    });

    test('an unknown hyperparameter is refused by its name', () => {
      const values = { ...given.hyperparameters, learningRat: 0.1 };
      expect(() => parseHyperparameters(estimator, values)).toThrow(InputError);
      expect(() => parseHyperparameters(estimator, values)).toThrow(
        `hyperparameters.${estimator.name}.learningRat: got 0.1`,
      );
    });
  });
}

function setUp(given: ContractCase): TrainingSetup<unknown> {
  const { estimator, task, width, image, hyperparameters } = given;
  const data = sampleRows(given);
  const classes = problemOf(task, 'accuracy').classes.length;
  return {
    shape: {
      task,
      layout: data.layout,
      width,
      classes,
      classCounts: data.classCounts(classes),
      image,
    },
    hyperparameters: parseHyperparameters(estimator, hyperparameters),
    data,
    seed: 5,
  };
}

interface Finished {
  readonly weights: Weights;
  readonly hash: string;
  readonly slices: number;
  /** As it was before each slice. */
  readonly states: readonly Uint8Array[];
}

/** Takes all slices that are left. */
async function finish(training: Training, { keepStates = false } = {}): Promise<Finished> {
  const states: Uint8Array[] = [];
  let slices = 0;
  for (let done = false; !done; slices++) {
    if (keepStates) states.push(training.state());
    ({ done } = await training.step());
  }
  const weights = training.weights();
  training.dispose();
  return { weights, hash: hashWeights(weights), slices, states };
}
