import { describe, expect, test } from 'vitest';
import { fitColumn } from '../../../src/ml/data/fit-operations.ts';
import { FittedTransform } from '../../../src/ml/data/fitted-transform.ts';
import { bendSkewed, signedExp, signedLog } from '../../../src/ml/data/signed-log.ts';
import { describeRow } from '../../../src/ml/insights/input-columns.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { Transform } from '../../../src/schemas/transform.ts';
import { profileOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';

const random = new RandomStream(1, 'test-log');
const normal = Array.from({ length: 500 }, () => random.normal());
const longTailed = normal.map((value) => Math.exp(5 + 1.5 * value));

test.each([0, 1, -1, 0.5, -1e-12, 1e12, -3.25])('%d comes back from its logarithm', (value) => {
  expect(signedExp(signedLog(value))).toBeCloseTo(value, Math.abs(value) > 1e6 ? 2 : 12);
  expect(signedLog(-value)).toBe(-signedLog(value));
});

describe('numbers are bent', () => {
  test('where their tail is long, to mean 0 and deviation 1', () => {
    const { shift, scale } = bendSkewed(longTailed, 'log') ?? { shift: 0, scale: 0 };
    const bent = longTailed.map((value) => (signedLog(value) - shift) / scale);
    const mean = bent.reduce((sum, value) => sum + value, 0) / bent.length;
    const variance = bent.reduce((sum, value) => sum + (value - mean) ** 2, 0) / bent.length;
    expect(mean).toBeCloseTo(0, 9);
    expect(variance).toBeCloseTo(1, 9);
  });

  test('and not where it is short, where few are there, or where it does not help', () => {
    expect(bendSkewed(normal, 'log')).toBeNull();
    expect(bendSkewed(longTailed.slice(0, 40), 'log')).toBeNull();
    expect(
      bendSkewed(
        normal.map((_, i) => (i === 7 ? 1 : 0)),
        'log',
      ),
    ).toBeNull();
  });

  test('if the job asks for it, and does not scale in another way', () => {
    const operation = (preprocess: object) =>
      fitColumn(profileOf(longTailed), 'numeric', jobOf({ preprocess }).preprocess).operations[0];
    expect(operation({ skewed: 'log' })).toMatchObject({ log: true });
    expect(operation({})).not.toHaveProperty('log');
    expect(operation({ skewed: 'log', normalise: 'robust' })).not.toHaveProperty('log');
  });
});

test('a bent number is imputed before, and described as it was', () => {
  const { operations, action } = fitColumn(
    profileOf([...longTailed, '']),
    'numeric',
    jobOf({ preprocess: { skewed: 'log' } }).preprocess,
  );
  expect(action).toBe('logarithm, as long-tailed, standardised (x − μ)/σ, 1 missing → median');
  const document: Transform = { schemaVersion: 1, missing: [], operations: [...operations] };
  const transform = FittedTransform.parse(document);
  const operation = operations[0] as { impute: number; shift: number; scale: number };
  const { impute, shift, scale } = operation;
  const { numeric } = transform.encode([{ x: 1_000 }, { x: null }]);
  expect(numeric[0]).toBe(Math.fround((Math.log1p(1_000) - shift) / scale));
  expect(numeric[1]).toBeNaN();
  expect(transform.layout.imputed).toEqual([(Math.log1p(impute) - shift) / scale]);
  expect(Number(describeRow(document, numeric.subarray(0, 1), 'one-hot')['x'])).toBeCloseTo(
    1_000,
    1,
  );
});
