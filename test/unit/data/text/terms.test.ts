import { expect, test } from 'vitest';
import { TermCounts } from '../../../../src/ml/data/text/term-counts.ts';
import { termsOf } from '../../../../src/ml/data/text/terms.ts';

test('a text is words and pairs of words, in small letters', () => {
  expect(termsOf('Free ENTRY, free!', 'words')).toEqual([
    ...['free', 'entry', 'free', '!'],
    ...['free entry', 'entry free', 'free !'],
  ]);
  expect(termsOf('Été à Zürich', 'words').slice(0, 3)).toEqual(['été', 'à', 'zürich']);
  expect(termsOf(' - … ', 'words')).toEqual([]);
});

test('long numbers count by their length, short ones as they are', () => {
  expect(termsOf('call 08001234567 or 150p, £900', 'words').slice(0, 6)).toEqual([
    ...['call', '###########', 'or', '150p', '£', '900'],
  ]);
});

test('scripts without spaces are taken letter by letter', () => {
  expect(termsOf('東京に行く', 'words').slice(0, 7)).toEqual([
    ...['東', '京', 'に', '行', 'く', '東 京', '京 に'],
  ]);
});

test('parts of words have marks at either end', () => {
  expect(termsOf('go on', 'characters')).toEqual([
    ...['[_go]', '[go_]', '[_go_]', '[_on]', '[on_]', '[_on_]'],
  ]);
  expect(termsOf('go', 'both')).toEqual(['go', '[_go]', '[go_]', '[_go_]']);
});

test('terms are counted once a text, and those of all texts tell nothing', () => {
  const counts = new TermCounts('words');
  for (const text of ['a b b', 'a c', 'a b', 'a d']) counts.add(text);
  expect(counts.top(10, 2)).toEqual([
    { term: 'a b', texts: 2 },
    { term: 'b', texts: 2 },
  ]);
  expect(counts.top(1, 1)).toEqual([{ term: 'a b', texts: 2 }]);
});

test('the rarest terms are forgotten before there are too many', () => {
  const counts = new TermCounts('words');
  for (let i = 0; i < 60_000; i++) counts.add(`w${i} often`);
  counts.add('another');
  expect(counts.top(5, 1)[0]).toEqual({ term: 'often', texts: 60_000 });
  expect(counts.snapshot().byteLength).toBeLessThan(3 * 2 ** 20);
});
