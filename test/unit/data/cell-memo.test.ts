import { expect, test } from 'vitest';
import { CellMemo } from '../../../src/ml/data/cell-memo.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { cellsOf } from '../../support/column-profiles.ts';

function memo() {
  const made: string[] = [];
  const texts = new CellMemo((text) => {
    made.push(text);
    return `<${text}>`;
  });
  const of = (text: string) => {
    const bytes = Buffer.from(`x${text}y`);
    return texts.of(bytes, 1, bytes.length - 1);
  };
  return { made, of };
}

test('what follows from a text is made once, whichever texts come between', () => {
  const random = new RandomStream(1, 'test-memo');
  const { made, of } = memo();
  const texts = cellsOf(
    20_000,
    () => ['', 'é', '都市'][random.below(3)] + `${random.below(3_000)}`,
  );
  for (const text of texts) if (of(text) !== `<${text}>`) throw new Error(text);
  expect(made).toEqual([...new Set(texts)]);
});

test.each([
  ['more texts than are remembered', cellsOf(40_000, (i) => `${i}`)],
  ['texts too long to be remembered', cellsOf(40, (i) => `${i}${'x'.repeat(60_000)}`)],
])('of %s each is made anew', (_, texts) => {
  const { made, of } = memo();
  for (const text of [...texts, ...texts]) if (of(text) !== `<${text}>`) throw new Error(text);
  expect(made).toHaveLength(2 * texts.length);
});
