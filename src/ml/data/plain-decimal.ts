import { parseNumber } from './cell.ts';
import { textOf } from './text-cells.ts';

const [ZERO, POINT, MINUS] = [0x30, 0x2e, 0x2d];
/** A float64 holds every whole number of so many digits, and ten to the power of as many. */
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, digits) =>
  Number(`1e${digits}`),
);

/**
 * The number that ASCII says, to the last bit as `parseNumber` reads it: digits, a point among them or
 * none, after a minus or none. Both parts of the quotient are exact, so that it is rounded once.
 * @returns NaN for all else
 */
export function readDecimal(bytes: Buffer, start: number, end: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let whole = 0;
  let point = -1;
  for (let at = first; at < end; at++) {
    const byte = bytes[at] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) whole = 10 * whole + digit;
    else if (byte === POINT && point < 0) point = at;
    else return Number.NaN;
  }
  const decimals = point < 0 ? 0 : end - 1 - point;
  const digits = end - first - (point < 0 ? 0 : 1);
  if (digits === 0) return Number.NaN;
  if (digits > EXACT_DIGITS) return parseNumber(textOf(bytes, start, end)) ?? Number.NaN;
  const value = decimals === 0 ? whole : whole / (POWERS[decimals] as number);
  return first === start ? value : -value;
}

/**
 * Of a plain decimal: whether people who write decimal commas would take its point for one between
 * thousands, as in `1.234`.
 */
export function mayBeGrouped(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[end - 4] !== POINT) return false;
  const first = bytes[start] === MINUS ? start + 1 : start;
  const digits = end - 4 - first;
  return digits >= 1 && digits <= 3 && bytes[first] !== ZERO;
}
