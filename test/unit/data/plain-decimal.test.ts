import { expect, test } from 'vitest';
import { parseNumber } from '../../../src/ml/data/cell.ts';
import { mayBeGrouped, readDecimal } from '../../../src/ml/data/plain-decimal.ts';
import { isGroupedByPoint } from '../../../src/ml/data/written-numbers.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { cellsOf } from '../../support/column-profiles.ts';

/** Between other bytes, as cells are. */
const read = (text: string) => {
  const bytes = Buffer.from(`7.${text}.5`);
  return { number: readDecimal(bytes, 2, bytes.length - 2), bytes };
};
const isPlain = (text: string) => /^-?(?:\d+\.?\d*|\.\d+)$/.test(text);

const random = new RandomStream(1, 'test-decimals');
const digits = (count: number) => cellsOf(count, () => random.below(10)).join('');
const decimals = cellsOf(20_000, () => {
  const sign = random.below(3) === 0 ? '-' : '';
  const [before, after] = [digits(random.below(18)), digits(random.below(18))];
  return `${sign}${before}${random.below(4) === 0 ? '' : '.'}${after}`;
});
const numbers = cellsOf(20_000, () => `${random.normal() * 10 ** (random.below(20) - 10)}`);
const signs = cellsOf(20_000, () =>
  cellsOf(1 + random.below(6), () => '-+.,0123eE x'[random.below(12)]).join(''),
);
const special = [
  ...['', '-', '.', '-.', '--1', '0', '-0', '-0.0', '007', '5.', '.5', '1.2.3', '1.234', '-12.345'],
  ...['0.123', '1234.567', '999999999999999', '9007199254740993', '0.1234567890123456'],
  ...['1'.repeat(39), '9'.repeat(400), `0.${'0'.repeat(400)}1`, '１', '1 ', '\u00a01'],
];

test('a plain decimal is to the last bit what its text is, and all else is none', () => {
  const texts = [...decimals, ...numbers, ...signs, ...special];
  const others = texts.filter((text) => {
    const expected = isPlain(text) ? (parseNumber(text) ?? Number.NaN) : Number.NaN;
    return !Object.is(read(text).number, expected);
  });
  expect(others).toEqual([]);
  expect(texts.filter(isPlain).length).toBeGreaterThan(20_000);
});

test('its point may stand between thousands where that of its text may', () => {
  const others = [...decimals, ...special].filter(isPlain).filter((text) => {
    const { bytes } = read(text);
    return mayBeGrouped(bytes, 2, bytes.length - 2) !== isGroupedByPoint(text);
  });
  expect(others).toEqual([]);
});
