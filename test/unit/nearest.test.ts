import { expect, test } from 'vitest';
import { nearestName } from '../../src/nearest.ts';

test('the nearest name is found, whatever its case', () => {
  expect(nearestName('Pice', ['age', 'price', 'city'])).toBe('price');
  expect(nearestName('targt', ['data', 'target'])).toBe('target');
});

test('what resembles nothing gets no suggestion', () => {
  expect(nearestName('zzzzzz', ['age', 'price'])).toBeUndefined();
  expect(nearestName('x', [])).toBeUndefined();
});
