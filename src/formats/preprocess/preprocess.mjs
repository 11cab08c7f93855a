/**
 * Makes a model's features of raw records, by what 'transform.json' says, in browsers and in Node:
 *
 *     const transform = await (await fetch('transform.json')).json();
 *     features([{ age: 41, plan: 'basic' }], transform); // an array of arrays of numbers
 */

const MISSING = new Set(['', 'na', 'nan', 'null', '?']);
const LONGEST_LEVEL = 200;
const MS_PER_DAY = 86_400_000;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const DATE =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(Z|[+-]\d{2}(?::?\d{2})?)?|(Z|[+-]\d{2}:?\d{2}))?$/;

/** Records (objects by column) to features: numbers and dates first, then one-hot blocks. */
export function features(records, transform) {
  return encode(records, transform, ({ impute }) => impute, oneHot);
}

/** The same as trees take it: NaN for a missing number, and one code a category, NaN for none. */
export function codes(records, transform) {
  const code = (operation, text) => {
    const found = codeOf(operation, text);
    return [found < 0 ? Number.NaN : found];
  };
  return encode(records, transform, () => Number.NaN, code);
}

function encode(records, transform, missingNumber, category) {
  const missing = new Set(transform.missing);
  const scaled = transform.operations.filter(({ kind }) => kind !== 'categorical');
  const categorical = transform.operations.filter(({ kind }) => kind === 'categorical');
  return records.map((record) => [
    ...scaled.map((each) => scale(each, textOf(record[each.column], missing), missingNumber(each))),
    ...categorical.flatMap((each) => category(each, textOf(record[each.column], missing))),
  ]);
}

/** A cell as text, null where it is missing. */
function textOf(value, missing) {
  if (value === null || value === undefined) return null;
  const text = rawText(value).trim();
  return MISSING.has(text.toLowerCase()) || missing.has(text) ? null : text;
}

function rawText(value) {
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Rounded to 32 bits, which the model was trained on. */
function scale(operation, text, missingNumber) {
  const value = (text === null ? null : READERS[operation.kind](text, operation)) ?? missingNumber;
  return Math.fround((value - operation.shift) / operation.scale);
}

const READERS = {
  numeric(text) {
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(Math.fround(value)) ? value : null;
  },
  boolean(text) {
    const lower = text.toLowerCase();
    if (['true', 'yes', 't', 'y', '1'].includes(lower)) return 1;
    return ['false', 'no', 'f', 'n', '0'].includes(lower) ? 0 : null;
  },
  date(text, { part }) {
    const time = momentOf(text);
    return time === null ? null : partOf(time, part);
  },
};

/** Milliseconds since 1970, UTC; null for what is no date. */
function momentOf(text) {
  const match = DATE.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour = 0, minute = 0, second = 0, zone, dayZone] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), month - 1, Number(day));
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(day);
  if (!isDay || hour >= 24 || minute >= 60 || second >= 61) return null;
  const timeMs = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000;
  return date.getTime() + Math.round(timeMs) - offsetOf(zone ?? dayZone);
}

function offsetOf(zone) {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

/** A part of a moment, in UTC; Monday is 0. */
function partOf(timeMs, part) {
  const date = new Date(timeMs);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: (date.getUTCDay() + 6) % 7,
    hour: date.getUTCHours(),
    days: timeMs / MS_PER_DAY,
  }[part];
}

function oneHot(operation, text) {
  const code = codeOf(operation, text);
  return Array.from({ length: sizeOf(operation) }, (_, place) => (place === code ? 1 : 0));
}

const sizeOf = ({ levels, other, missing }) => levels.length + (other ? 1 : 0) + (missing ? 1 : 0);

/** The place of a level, -1 where it has none. */
function codeOf(operation, text) {
  const { levels, other, missing } = operation;
  if (text === null) return missing ? sizeOf(operation) - 1 : -1;
  const name = text.length > LONGEST_LEVEL ? `${text.slice(0, LONGEST_LEVEL)}…` : text;
  const code = levels.indexOf(name);
  return code < 0 && other ? levels.length : code;
}
