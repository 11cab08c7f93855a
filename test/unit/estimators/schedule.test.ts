import { expect, test } from 'vitest';
import { learningRateAt, type SchedulePlan } from '../../../src/ml/estimators/network/schedule.ts';
import type { LearningRateSchedule } from '../../../src/schemas/hyperparameters.ts';

/** Ten epochs of ten iterations from the rate 0.2. */
const plan = (schedule: LearningRateSchedule, warmupEpochs = 0): SchedulePlan => ({
  learningRate: 0.2,
  schedule,
  warmupEpochs,
  epochs: 10,
  iterationsPerEpoch: 10,
});

test.each([0, 1, 50, 99])('a constant rate is the same at iteration %d', (iteration) => {
  expect(learningRateAt(plan({ kind: 'constant' }), iteration)).toBe(0.2);
});

test.each([
  { decay: 1, iteration: 0, rate: 0.2 },
  { decay: 1, iteration: 25, rate: 0.15 },
  { decay: 1, iteration: 99, rate: 0.002 },
  { decay: 2, iteration: 75, rate: 0.1 }, // 0.2 · 0.25^(1/2)
  { decay: 0.5, iteration: 50, rate: 0.05 }, // 0.2 · 0.5²
])('polynomial decay $decay gives α₀(1 − iter/max)^(1/decay) at $iteration', (given) => {
  const { decay, iteration, rate } = given;
  expect(learningRateAt(plan({ kind: 'polynomial', decay }), iteration)).toBeCloseTo(rate, 12);
});

test('the cosine falls from the whole rate over half of it to nothing', () => {
  const rates = [0, 25, 50, 75, 100].map((i) => learningRateAt(plan({ kind: 'cosine' }), i));
  expect(rates[0]).toBe(0.2);
  expect(rates[1]).toBeCloseTo(0.1 * (1 + Math.SQRT1_2), 12);
  expect(rates[2]).toBeCloseTo(0.1, 12);
  expect(rates[3]).toBeCloseTo(0.1 * (1 - Math.SQRT1_2), 12);
  expect(rates[4]).toBeCloseTo(0, 12);
});

test('steps come at the ends of epochs, and multiply', () => {
  const stepped = plan({ kind: 'step', everyEpochs: 3, factor: 0.1 });
  const rateOf = (iteration: number) => learningRateAt(stepped, iteration);
  expect([rateOf(0), rateOf(29)]).toEqual([0.2, 0.2]);
  expect([rateOf(30), rateOf(59)].map((rate) => rate.toFixed(9))).toEqual([
    '0.020000000',
    '0.020000000',
  ]);
  expect(rateOf(60)).toBeCloseTo(0.002, 12);
});

test('warm-up climbs in equal steps to the whole rate, then follows the schedule', () => {
  const warm = plan({ kind: 'constant' }, 0.5);
  const rates = [0, 1, 2, 3, 4, 5, 6].map((iteration) => learningRateAt(warm, iteration));
  [0.04, 0.08, 0.12, 0.16, 0.2, 0.2, 0.2].forEach((rate, i) => {
    expect(rates[i]).toBeCloseTo(rate, 12);
  });
  const decaying = plan({ kind: 'polynomial', decay: 1 }, 2);
  expect(learningRateAt(decaying, 9)).toBeCloseTo(0.2 * 0.5 * 0.91, 12);
  expect(learningRateAt(decaying, 50)).toBeCloseTo(0.1, 12);
});
