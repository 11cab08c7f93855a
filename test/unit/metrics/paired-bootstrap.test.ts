import { describe, expect, test } from 'vitest';
import { commonProblem, toCommonClasses } from '../../../src/ml/metrics/common-problem.ts';
import { pairedGain } from '../../../src/ml/metrics/paired-bootstrap.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { Problem } from '../../../src/schemas/problem.ts';

const options = { seed: 3, confidence: 0.95 };
const regression: Problem = {
  ...{ task: 'regression', target: 'y', classes: [], positiveClass: null },
  ...{ metric: 'rmse', direction: 'minimise' },
};
const classes = (...names: string[]): Problem => ({
  ...{ task: names.length > 2 ? 'multiclass' : 'binary', target: 'y', classes: names },
  ...{ positiveClass: names.length > 2 ? null : (names[0] as string) },
  ...{ metric: 'accuracy', direction: 'maximise' },
});

/** Truth, and two models that err by so much. */
function predictions(rows: number, champion: number, challenger: number) {
  const random = new RandomStream(5, 'test-pair');
  const truth = Float64Array.from({ length: rows }, () => 10 * random.normal());
  const common = truth.map(() => random.normal());
  const together = (size: number) => truth.map((value, i) => value + size * (common[i] as number));
  return {
    problem: regression,
    truth,
    champion: together(champion),
    challenger: together(challenger),
  };
}

describe('the gain of a challenger', () => {
  test('is positive where it is better, also where the metric is to be small', () => {
    const found = pairedGain(predictions(200, 2, 1), options);
    expect(found?.gain).toBeCloseTo((found?.champion ?? 0) - (found?.challenger ?? 0), 12);
    expect(found?.interval.low).toBeGreaterThan(0);
  });

  test('has an interval much narrower than the scores alone would give, because rows are paired', () => {
    const found = pairedGain(predictions(200, 1.02, 1), options);
    expect(found?.interval.low).toBeGreaterThan(0);
    expect(found?.interval.high).toBeLessThan(0.03);
  });

  test('of a model over itself is 0, and repeats to the bit', () => {
    const same = predictions(100, 1, 1);
    expect(pairedGain(same, options)).toMatchObject({ gain: 0, interval: { low: 0, high: 0 } });
    const other = predictions(100, 1, 1.5);
    expect(pairedGain(other, options)).toEqual(pairedGain(other, options));
  });

  test('is none where the metric is undefined', () => {
    const { truth, champion, challenger } = predictions(1, 1, 1);
    const problem: Problem = { ...regression, metric: 'r2', direction: 'maximise' };
    expect(pairedGain({ problem, truth, champion, challenger }, options)).toBeNull();
  });
});

describe('two versions with other classes', () => {
  test('are compared on the classes of both, the newer one first', () => {
    const common = commonProblem(classes('a', 'b'), classes('b', 'c', 'd'));
    expect(common).toMatchObject({ classes: ['b', 'c', 'd', 'a'], task: 'multiclass' });
    const mapped = toCommonClasses(Float64Array.of(0.2, 0.8), classes('a', 'b'), common);
    expect([...mapped]).toEqual([0.8, 0, 0, 0.2]);
  });

  test('are not compared where one predicts numbers', () => {
    expect(() => commonProblem(regression, classes('a', 'b'))).toThrow(/another name/);
  });
});
