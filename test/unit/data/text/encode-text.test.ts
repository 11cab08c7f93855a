import { expect, test } from 'vitest';
import { FittedTransform } from '../../../../src/ml/data/fitted-transform.ts';
import { fitText } from '../../../../src/ml/data/text/fit-text.ts';
import { describeRow } from '../../../../src/ml/insights/input-columns.ts';
import type { Transform } from '../../../../src/schemas/transform.ts';
import { profileOf } from '../../../support/column-profiles.ts';

const texts = ['free entry now', 'call me now', 'free free call', 'see you', ''];
const { operations } = fitText(profileOf(texts), { grams: 'words', terms: 10 });
const document: Transform = {
  ...{ schemaVersion: 1, missing: [] },
  operations: [
    { kind: 'categorical', column: 'c', levels: ['p', 'q'], other: false, missing: false },
    ...operations,
    { kind: 'numeric', column: 'n', impute: 3, shift: 1, scale: 2 },
  ],
};
const transform = FittedTransform.parse(document);

test('terms of two texts at least are inputs, weighted by how rare they are', () => {
  expect(operations).toEqual([
    {
      ...{ kind: 'text', column: 'x', grams: 'words', terms: ['call', 'free', 'now'] },
      weights: [2, 2, 2].map((count) => Math.log(5 / (1 + count)) + 1),
      // Six times one of these terms stands in a text, of which there are four.
      length: Math.sqrt(1.5),
    },
  ]);
  expect(transform.featureNames).toEqual(['n', 'x~call', 'x~free', 'x~now', 'c=p', 'c=q']);
  expect(transform.layout).toEqual({
    ...{ numeric: 4, categories: [2] },
    ...{ imputed: [1, 0, 0, 0], terms: 3 },
  });
  expect(transform.inputs.map(({ name, type }) => [name, type])).toEqual([
    ['c', 'string'],
    ['x', 'string'],
    ['n', 'number'],
  ]);
});

test('a row is as long as one of categories would be, or nothing', () => {
  const { numeric } = transform.encode([
    { n: 5, x: 'FREE! free call', c: 'p' },
    { n: 5, x: 'nobody knows' },
    { n: 5, x: null },
    { n: 5 },
  ]);
  const [call, free] = [1, 1 + Math.log(2)];
  const length = Math.hypot(call, free) / Math.sqrt(1.5);
  expect([...numeric.subarray(0, 4)]).toEqual(
    [2, call / length, free / length, 0].map(Math.fround),
  );
  expect([...numeric.subarray(4)]).toEqual([2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0]);
});

test('a row is described by its terms', () => {
  const { numeric } = transform.encode([{ n: 5, x: 'free free call' }]);
  expect(describeRow(document, Float32Array.of(...numeric, 1, 0), 'one-hot')).toEqual({
    n: '5',
    x: '(text with: free, call)',
    c: 'p',
  });
});

test('but for their length, numbers are those of TfidfVectorizer(sublinear_tf=True) of scikit-learn 1.9.1', () => {
  const half = Math.SQRT1_2;
  const expected = [0, half, half, half, 0, half, 0.50854232, 0.861036996, 0, 0, 0, 0];
  const { numeric } = transform.encode(texts.slice(0, 4).map((x) => ({ x, n: 5 })));
  const found = [...numeric].filter((_, index) => index % 4 !== 0);
  found.forEach((value, index) =>
    expect(value / Math.sqrt(1.5)).toBeCloseTo(expected[index] as number, 6),
  );
});

test('where rows are few, a term has to stand in more of them', () => {
  const often = (count: number, rows: number) =>
    Array.from({ length: rows }, (_, i) => (i < count ? `rare word${i}x` : `other word${i}x`));
  const termsOf = (cells: readonly string[]) =>
    fitText(profileOf(cells), { grams: 'words', terms: 100 }).operations.flatMap((each) =>
      each.kind === 'text' ? each.terms : [],
    );
  // Of 200 rows five; of 2,000 two.
  expect(termsOf(often(4, 200))).not.toContain('rare');
  expect(termsOf(often(5, 200))).toContain('rare');
  expect(termsOf(often(2, 2_000))).toContain('rare');
});
