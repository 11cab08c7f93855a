/**
 * Makes a model's features of raw records, by what 'transform.json' says, in browsers and in Node:
 *
 *     const transform = await (await fetch('transform.json')).json();
 *     features([{ age: 41, plan: 'basic' }], transform); // an array of arrays of numbers
 */

const MISSING = new Set(['', 'na', 'n/a', '#n/a', 'nan', 'null', '?']);
const LONGEST_LEVEL = 200;
const MS_PER_DAY = 86_400_000;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WRITTEN = {
  '.': /^(?:[1-9]\d{0,2}(?:([,'’ \u00a0\u202f])\d{3})(?:\1\d{3})*|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?$/,
  ',': /^(?:[1-9]\d{0,2}(?:([.'’ \u00a0\u202f])\d{3})(?:\1\d{3})*|\d+)?(?:,\d*)?(?:[eE][+-]?\d+)?$/,
};
const GROUPING = { '.': /[,'’ \u00a0\u202f]/g, ',': /[.'’ \u00a0\u202f]/g };
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
    ...scaled.map((each) => {
      const value = record[each.column];
      const text = textOf(value, missing);
      return scale(each, text, typeof value === 'string', missingNumber(each));
    }),
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
function scale(operation, text, isText, missingNumber) {
  const value =
    (operation.kind === 'target'
      ? meanOf(text, operation)
      : text === null
        ? null
        : READERS[operation.kind](text, operation, isText)) ?? missingNumber;
  const { low, high } = operation.clip ?? {};
  const within = low === undefined ? value : Math.min(Math.max(value, low), high);
  return Math.fround((bend(within, operation) - operation.shift) / operation.scale);
}

function bend(value, { log, power }) {
  if (log) return Math.sign(value) * Math.log1p(Math.abs(value));
  if (power === undefined) return value;
  return value < 0
    ? -((1 - value) ** (2 - power) - 1) / (2 - power)
    : ((1 + value) ** power - 1) / power;
}

/** Mean of the target among rows with this level. */
function meanOf(text, { levels, values, missing, impute }) {
  return text === null ? missing : (values[levels.indexOf(levelName(text))] ?? impute);
}

const READERS = {
  numeric: (text, { format }, isText) =>
    format !== undefined && isText ? writtenNumber(text, format) : plainNumber(text),
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

function plainNumber(text) {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(Math.fround(value)) ? value : null;
}

/** `1.234,50 €`, `$1,234.50`, `(12)` for −12: as people write numbers. */
function writtenNumber(text, { decimal, unit }) {
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
  if (!/\d/.test(rest) || !WRITTEN[decimal].test(rest)) return null;
  return plainNumber(`${sign}${rest.replaceAll(GROUPING[decimal], '').replace(',', '.')}`);
}

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

/** A part of a moment, in UTC; Monday is 0. Of a cycle, sine and cosine of its angle. */
function partOf(timeMs, part) {
  const [name, wave] = part.split('.');
  const date = new Date(timeMs);
  const days = Math.floor(timeMs / MS_PER_DAY);
  const weekday = (date.getUTCDay() + 6) % 7;
  if (wave === undefined) {
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday,
      hour: date.getUTCHours(),
      days: timeMs / MS_PER_DAY,
    }[name];
  }
  const newYear = new Date(timeMs);
  newYear.setUTCMonth(0, 1);
  const [gone, period] = {
    month: [date.getUTCMonth(), 12],
    weekday: [weekday, 7],
    hour: [(timeMs - days * MS_PER_DAY) / 3_600_000, 24],
    yearday: [days - Math.floor(newYear.getTime() / MS_PER_DAY), 365.25],
  }[name];
  return Math[wave]((2 * Math.PI * gone) / period);
}

function oneHot(operation, text) {
  const code = codeOf(operation, text);
  return Array.from({ length: sizeOf(operation) }, (_, place) => (place === code ? 1 : 0));
}

const placesOf = ({ levels, hash }) => hash?.buckets ?? levels.length;

const sizeOf = (operation) =>
  placesOf(operation) + (operation.other ? 1 : 0) + (operation.missing ? 1 : 0);

/** The place of a level, -1 where it has none. */
function codeOf(operation, text) {
  const { levels, hash, other, missing } = operation;
  if (text === null) return missing ? sizeOf(operation) - 1 : -1;
  const place = levels.indexOf(levelName(text));
  if (place < 0) return other ? placesOf(operation) : -1;
  return hash?.codes[place] ?? place;
}

const levelName = (text) =>
  text.length > LONGEST_LEVEL ? `${text.slice(0, LONGEST_LEVEL)}…` : text;
