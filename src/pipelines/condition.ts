import type { Condition } from '../schemas/pipeline.ts';
import { type Found, isReference, resolve } from './references.ts';

/** Why a condition has no answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/**
 * The answer to a condition. Numbers are compared as numbers and equality is that of JSON.
 * @throws NoAnswer where a reference points to nothing, or what is compared has no order.
 */
export function holds(condition: Condition, lookup: (place: string) => Found): boolean {
  if (typeof condition === 'boolean') return condition;
  const value = (expression: unknown): unknown => {
    const resolved = resolve(expression, lookup);
    if (resolved.missing !== undefined) throw new NoAnswer(`${resolved.missing} is not there`);
    return resolved.value;
  };
  if (isReference(condition)) return isTrue(value(condition));
  if ('not' in condition) return !holds(condition.not, lookup);
  if ('all' in condition) return condition.all.every((each) => holds(each, lookup));
  if ('any' in condition) return condition.any.some((each) => holds(each, lookup));
  if ('equals' in condition) {
    const [a, b] = condition.equals.map(value);
    return isSame(a, b);
  }
  if ('above' in condition) return compare(condition.above.map(value)) > 0;
  if ('below' in condition) return compare(condition.below.map(value)) < 0;
  if ('atLeast' in condition) return compare(condition.atLeast.map(value)) >= 0;
  return compare((condition as { atMost: unknown[] }).atMost.map(value)) <= 0;
}

/** Every expression inside a condition. */
export function expressionsOf(condition: Condition | undefined): unknown[] {
  if (condition === undefined || typeof condition === 'boolean') return [];
  if (isReference(condition)) return [condition];
  if ('not' in condition) return expressionsOf(condition.not);
  if ('all' in condition) return condition.all.flatMap(expressionsOf);
  if ('any' in condition) return condition.any.flatMap(expressionsOf);
  return Object.values(condition).flat();
}

const isTrue = (value: unknown): boolean =>
  !(value === false || value === null || value === 0 || value === '');

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) =>
      isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

function compare([a, b]: readonly unknown[]): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  throw new NoAnswer(`${JSON.stringify(a)} and ${JSON.stringify(b)} have no order`);
}
