import { expect, test } from 'vitest';
import { calibrate, sameDecisions } from '../../../src/ml/calibration/calibrate.ts';
import { chooseCalibration } from '../../../src/ml/calibration/choose-calibration.ts';
import { fitCalibration } from '../../../src/ml/calibration/fit-calibration.ts';
import { predictedClasses } from '../../../src/ml/metrics/decide.ts';
import { logLoss, pairwiseAuc } from '../../../src/ml/metrics/probabilities.ts';
import { scoreMetric } from '../../../src/ml/metrics/score.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { type Calibration, type MetricName, Problem } from '../../../src/schemas/problem.ts';
import { problemOf } from '../../support/problems.ts';

/** Probabilities that classes are drawn by; `tell` says what a model makes of their logarithms. */
function drawn(
  rows: number,
  metric: MetricName,
  tell: (log: number, index: number) => number,
  { seed = 1, classes = 2 } = {},
) {
  const random = new RandomStream(seed, 'test-calibration');
  const truth = new Float64Array(rows);
  const outputs = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const scores = Array.from({ length: classes }, () => 1.5 * random.normal());
    const actual = softmax(scores);
    let luck = random.uniform();
    truth[row] = actual.findIndex((share) => (luck -= share) < 0);
    outputs.set(softmax(actual.map((share, i) => tell(Math.log(share), i))), row * classes);
  }
  return { problem: problemOf(classes === 2 ? 'binary' : 'multiclass', metric), truth, outputs };
}

function softmax(scores: readonly number[]): number[] {
  const exponentials = scores.map(Math.exp);
  const total = exponentials.reduce((sum, each) => sum + each, 0);
  return exponentials.map((each) => each / total);
}

const honest = (log: number) => log;
/** Three times too sure. */
const sure = (log: number) => 3 * log;
const column = (outputs: Float64Array, index: number, classes = 2) =>
  outputs.filter((_, i) => i % classes === index);

test('what a model does to log-odds is found out and undone', () => {
  const skewed = drawn(8_000, 'log_loss', (log, index) => 2 * log + (index === 1 ? 1 : 0));
  const { slope, offsets } = fitCalibration(skewed, 'slope and offsets') as Calibration;
  const [no, yes] = offsets as [number, number];
  expect(slope).toBeCloseTo(0.5, 1);
  expect(yes - no).toBeCloseTo(-0.5, 1);
  // Neither class is named first.
  expect(yes + no).toBeCloseTo(0, 6);
});

test('with three classes each has an offset of its own', () => {
  const biased = drawn(8_000, 'log_loss', (log, index) => 2 * log + index, { classes: 3 });
  const { slope, offsets } = fitCalibration(biased, 'slope and offsets') as Calibration;
  const [a, b, c] = offsets as [number, number, number];
  expect(slope).toBeCloseTo(0.5, 1);
  expect(b - a).toBeCloseTo(-0.5, 1);
  expect(c - b).toBeCloseTo(-0.5, 1);
  expect(fitCalibration(biased, 'slope')?.offsets).toEqual([0, 0, 0]);
});

test.each([2, 3])(
  'of a model of %i classes that is too sure, the log loss falls on other rows',
  (classes) => {
    const choice = chooseCalibration(drawn(1_500, 'accuracy', sure, { classes }), 0, false);
    expect(choice).toMatchObject({ isBetter: true });
    expect(choice?.reason).toContain('clearly lower');
    const fresh = drawn(5_000, 'accuracy', sure, { classes, seed: 2 });
    const mended = calibrate(fresh.outputs, choice?.map as Calibration);
    const right = drawn(5_000, 'accuracy', honest, { classes, seed: 2 });
    const best = logLoss(right.truth, right.outputs, classes);
    expect(logLoss(fresh.truth, mended, classes)).toBeLessThan(best + 0.01);
    expect(logLoss(fresh.truth, fresh.outputs, classes)).toBeGreaterThan(best + 0.2);
  },
);

test.each([4, 25])(
  'the map keeps the order of rows of a model that is %i times too sure',
  (times) => {
    const { problem, truth, outputs } = drawn(2_000, 'roc_auc', (log) => times * log);
    const map = fitCalibration({ problem, truth, outputs }, 'slope and offsets') as Calibration;
    const mended = column(calibrate(outputs, map), 1);
    const yes = column(outputs, 1);
    const order = [...mended.keys()].sort((a, b) => (mended[a] as number) - (mended[b] as number));
    const sorted = order.map((row) => yes[row] as number);
    expect(sorted).toEqual(sorted.toSorted((a, b) => a - b));
    // What float64 takes for 1 is told apart by the other class.
    const auc = (scores: Float64Array) => pairwiseAuc(Uint8Array.from(truth), scores) as number;
    expect(auc(mended)).toBeGreaterThanOrEqual(auc(yes) - 1e-12);
  },
);

test.each(['log_loss', 'roc_auc', 'f1', 'accuracy'] as const)(
  'probabilities that are right stay as they are, whatever %s makes of them',
  (metric) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const choice = chooseCalibration(drawn(800, metric, honest, { seed }), 0, false);
      expect(choice, String(seed)).toMatchObject({ isBetter: false });
    }
  },
);

test('a map without offsets is taken where offsets cost accuracy', () => {
  // Most rows lie just above 1/2, and rightly so; what is said of the others is far too sure, above more than below.
  const groups = [
    { rows: 600, says: 0.55, hits: 318 },
    { rows: 300, says: 0.999, hits: 180 },
    { rows: 300, says: 0.001, hits: 3 },
  ];
  const lines = groups.flatMap(({ rows, says, hits }) =>
    Array.from({ length: rows }, (_, row) => ({ says, actual: row < hits ? 1 : 0 })),
  );
  const validated = {
    problem: problemOf('binary', 'accuracy'),
    truth: Float64Array.from(lines, ({ actual }) => actual),
    outputs: Float64Array.from(lines.flatMap(({ says }) => [1 - says, says])),
  };
  const full = fitCalibration(validated, 'slope and offsets') as Calibration;
  expect(full.offsets[1]).toBeLessThan(full.offsets[0] as number);
  const choice = chooseCalibration(validated, 0, false);
  expect(choice).toMatchObject({ isBetter: true, map: { offsets: [0, 0] } });
  // Where weights are chosen afterwards, they see to the metric.
  expect(chooseCalibration(validated, 0, true)?.map.offsets).not.toEqual([0, 0]);
  const kept = scoreMetric('accuracy', {
    ...validated,
    outputs: calibrate(validated.outputs, choice?.map as Calibration),
  });
  expect(kept).toBe(scoreMetric('accuracy', validated));
});

test('few rows, and models that say nothing, get no map', () => {
  expect(chooseCalibration(drawn(99, 'accuracy', sure), 0, false)).toBeNull();
  const backwards = drawn(1_000, 'accuracy', (log) => -log);
  expect(fitCalibration(backwards, 'slope')).toBeNull();
});

test('classes that can be told apart without fault have a map of finite size', () => {
  const truth = Float64Array.from({ length: 200 }, (_, row) => row % 2);
  const outputs = Float64Array.from({ length: 400 }, (_, i) =>
    (Math.floor(i / 2) + i) % 2 === 0 ? 0.9 : 0.1,
  );
  const problem = problemOf('binary', 'log_loss');
  const { slope } = fitCalibration({ problem, truth, outputs }, 'slope and offsets') as Calibration;
  expect(slope).toBeGreaterThan(1);
  expect(slope).toBeLessThan(10);
});

test('a probability of 0 is taken as the least that the model tells apart', () => {
  const validated = drawn(300, 'log_loss', honest);
  validated.outputs.set([1, 0], 0);
  const map = fitCalibration(validated, 'slope') as Calibration;
  expect(map.floor).toBe(1e-7);
  expect([...calibrate(Float64Array.of(1, 0), map)].every((p) => p > 0 && p < 1)).toBe(true);
});

test('weights can be found by which calibrated probabilities decide as plain ones do', () => {
  const { problem, outputs } = drawn(2_000, 'f1_macro', sure, { classes: 3 });
  const map = { slope: 0.4, offsets: [0.3, -0.5, 0.2], floor: 1e-7 };
  const weights = [1, 2.5, 0.7];
  const plain = predictedClasses(outputs, { ...problem, decision: weights });
  const decision = sameDecisions(weights, map);
  expect(predictedClasses(calibrate(outputs, map), { ...problem, decision })).toEqual(plain);
  expect(predictedClasses(calibrate(outputs, map), problem)).not.toEqual(plain);
});

test('problems of before there was a calibration are still read', () => {
  const { calibration, ...old } = Problem.parse(problemOf('binary', 'f1'));
  expect(calibration).toBeUndefined();
  expect(Problem.parse(old)).toEqual(old);
});
