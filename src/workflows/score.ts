import type { Problem } from '../schemas/problem.ts';

/**
 * Relative gain from one score to another in the problem's direction: positive when better.
 * A score that is missing loses to any other.
 */
export function relativeGain(
  problem: Problem,
  before: number | null,
  after: number | null,
): number {
  if (after === null) return Number.NEGATIVE_INFINITY;
  if (before === null) return Number.POSITIVE_INFINITY;
  const gain = problem.direction === 'maximise' ? after - before : before - after;
  return gain / Math.max(Math.abs(before), 1e-12);
}

export function formatScore(problem: Problem, score: number | null): string {
  return `${problem.metric} ${score === null ? 'undefined' : score.toPrecision(4)}`;
}
