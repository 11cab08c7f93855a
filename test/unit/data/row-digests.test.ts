import { expect, test } from 'vitest';
import { DigestIndex, RowDigests } from '../../../src/ml/data/row-digests.ts';
import { cellsOf } from '../../support/column-profiles.ts';

const ROWS = 5_000;
/** Of rows of which the last thousand repeat the first. */
const rows = cellsOf(ROWS, (i) => [i % 4_000, 'x']);
const digests = new RowDigests();
for (const cells of rows) digests.push(cells);

test('a row is found by the first one that equals it', () => {
  const index = new DigestIndex(digests);
  const found = cellsOf(ROWS, (row) => index.add(row));
  expect(found).toEqual(cellsOf(ROWS, (row) => (row < 4_000 ? undefined : row - 4_000)));
  expect(index.find(4_321)).toBe(321);
  expect(new DigestIndex(digests).find(4_321)).toBeUndefined();
});

test('what is kept in pieces and taken again is the same', () => {
  const again = new RowDigests();
  const whole = digests.from(0);
  again.append(Uint8Array.from(digests.from(3_000)));
  expect(again.length).toBe(2_000);
  expect(again.areEqual(0, 1)).toBe(false);
  expect(again.from(0)).toEqual(whole.slice(3_000 * 12));
});
