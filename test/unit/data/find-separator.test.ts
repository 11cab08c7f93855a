import { expect, test } from 'vitest';
import { findSeparator } from '../../../src/ml/data/find-separator.ts';

test.each([
  ['commas', 'a,b,c\n1,2,3\n', ','],
  ['semicolons', 'a;b;c\n1;2;3\n', ';'],
  ['tabs', 'a\tb\tc\n1\t2\t3\n', '\t'],
  ['bars', 'a|b|c\n1|2|3\n', '|'],
  ['semicolons beside decimal commas', 'a;b\n1,5;2,5\n3,25;4\n', ';'],
  ['tabs beside commas in text', 'name\ttext\nx\thello, world, again\ny\tno\n', '\t'],
  ['semicolons, with commas and newlines in quotes', 'a;b\n"1,\n2,\n";3\n"4,,";5\n', ';'],
  ['commas, with doubled quotes and bars in quotes', 'a,b\n"say ""|"" | | |",2\n', ','],
  ['commas before CRLF', 'a,b\r\n1,2\r\n', ','],
  ['commas before CR', 'a,b\r1,2\r', ','],
  ['a header alone', 'a;b;c', ';'],
  ['one column', 'a\n1\n2\n', ','],
  ['one column of texts with commas', 'note\nhello, you\nbye\nah, oh, uh\n', ','],
  ['nothing', '', ','],
])('finds the separator among %s', (_, head, separator) => {
  expect(findSeparator(head, '"')).toBe(separator);
});

test('a few odd lines among many do not mislead', () => {
  const lines = Array.from({ length: 40 }, (_, i) => (i === 7 ? 'odd' : `${i};${i * 2};x`));
  expect(findSeparator(`a;b;c\n${lines.join('\n')}\n`, '"')).toBe(';');
});

test('a last line that is cut is not counted', () => {
  expect(findSeparator('a;b;c\n1;2;3\n4', '"')).toBe(';');
});

test('what the job names as quote hides separators', () => {
  const head = "a;b\n'1,2,3';4\n'5,6,7';8\n";
  expect(findSeparator(head, "'")).toBe(';');
});
