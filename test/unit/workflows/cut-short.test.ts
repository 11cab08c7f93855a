import { expect, test } from 'vitest';
import type { Problem } from '../../../src/schemas/problem.ts';
import { unlessCutShort } from '../../../src/workflows/cut-short.ts';

const problem = (direction: Problem['direction']) => ({ direction }) as Problem;
const outcome = (
  status: 'completed' | 'stopped-early' | 'out-of-time',
  validationScore: number | null,
) => ({ status, validationScore });

test.each([
  ['is worse', 'maximise', 0.95, 0.42],
  ['has a larger error', 'minimise', 2, 3],
  ['has no score', 'maximise', 0.95, null],
] as const)('a training that was cut short gives way when it %s', (_, direction, before, after) => {
  const tried = outcome('out-of-time', before);
  expect(unlessCutShort(problem(direction), tried, outcome('out-of-time', after))).toBe(tried);
});

test('it stands when it is better, or was not cut short', () => {
  const tried = outcome('stopped-early', 0.9);
  for (const anew of [outcome('out-of-time', 0.91), outcome('completed', 0.89)]) {
    expect(unlessCutShort(problem('maximise'), tried, anew)).toBe(anew);
  }
});
