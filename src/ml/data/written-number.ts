import type { NumberFormat } from '../../schemas/number-format.ts';
import { parseNumber } from './cell.ts';

/** Digits in groups of three, or not; then a fraction, and an exponent. */
const CORES: Readonly<Record<NumberFormat['decimal'], RegExp>> = {
  '.': /^(?:[1-9]\d{0,2}(?:([,'’ \u00a0\u202f])\d{3})(?:\1\d{3})*|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?$/,
  ',': /^(?:[1-9]\d{0,2}(?:([.'’ \u00a0\u202f])\d{3})(?:\1\d{3})*|\d+)?(?:,\d*)?(?:[eE][+-]?\d+)?$/,
};
const GROUPING: Readonly<Record<NumberFormat['decimal'], RegExp>> = {
  '.': /[,'’ \u00a0\u202f]/g,
  ',': /[.'’ \u00a0\u202f]/g,
};

/**
 * A number as people write it: `1.234,50 €`, `$1,234.50`, `(12)` for −12, `5 %` as 5. Null for what
 * is none in this format, has another unit, or is too large for a model's inputs.
 */
export function readWritten(text: string, { decimal, unit }: NumberFormat): number | null {
  const isNegated = text.startsWith('(') && text.endsWith(')');
  let rest = isNegated ? text.slice(1, -1).trim() : text;
  let sign = isNegated ? '-' : '';
  const takeSign = () => {
    if (sign !== '' || !/^[-+−]/.test(rest)) return;
    sign = rest.startsWith('+') ? '+' : '-';
    rest = rest.slice(1).trim();
  };
  takeSign();
  if (unit !== '' && rest.startsWith(unit)) rest = rest.slice(unit.length).trim();
  else if (unit !== '' && rest.endsWith(unit)) rest = rest.slice(0, -unit.length).trim();
  takeSign();
  if (!/\d/.test(rest) || !CORES[decimal].test(rest)) return null;
  const digits = rest.replaceAll(GROUPING[decimal], '').replace(',', '.');
  return parseNumber(`${sign}${digits}`);
}

/**
 * A cell as a number.
 * @param text what the cell says; numbers that are no text are written as programs do
 */
export const readNumber = (
  cell: unknown,
  text: string,
  format: NumberFormat | undefined,
): number | null =>
  format === undefined || typeof cell !== 'string' ? parseNumber(text) : readWritten(text, format);

const CURRENCIES =
  'USD EUR GBP JPY CNY CHF INR BRL AUD CAD NZD SEK NOK DKK PLN CZK HUF RON TRY MXN ZAR KRW SGD HKD THB IDR ILS RUB UAH'
    .split(' ')
    .join('|');
const BEFORE = new RegExp(`^(?:[A-Z]{0,3}\\p{Sc}|${CURRENCIES}|kr\\.?|Fr\\.?|Rs\\.?)$`, 'u');
const AFTER = /^(?:[%‰]|[\p{L}°µ][\p{L}/²³^°µ]{0,7})$/u;
const PARTS =
  /^\(?\s*[-+−]?\s*([^\d.,'’()\-+−]*)[-+−]?\s*([.,]?\d[\d.,'’ \u00a0\u202f]*(?:[eE][+-]?\d+)?)([^\d)]*)\)?$/u;
/** Longer texts are no numbers. */
const LONGEST = 40;

/** The unit that stands beside the one number in a text, empty where there is none; null for other texts. */
export function unitOf(text: string): string | null {
  const found = text.length > LONGEST ? null : PARTS.exec(text);
  if (found === null) return null;
  const [prefix, suffix] = [found[1] ?? '', found[3] ?? ''].map((part) => part.trim()) as [
    string,
    string,
  ];
  if (prefix !== '' && suffix !== '') return null;
  if (prefix !== '') return BEFORE.test(prefix) ? prefix : null;
  return suffix === '' || AFTER.test(suffix) || BEFORE.test(suffix) ? suffix : null;
}
