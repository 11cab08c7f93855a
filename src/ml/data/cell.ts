/**
 * The one reading of cells, alike for files and for raw records in prediction requests: first to
 * text, then to what the column's type asks for. `{"age": 42}` and the CSV cell `42` are the same.
 */

/** Tokens that mean "missing" in every table; letter case does not matter. */
export const MISSING_TOKENS = ['', 'na', 'n/a', '#n/a', 'nan', 'null', '?'] as const;
const MISSING: ReadonlySet<string> = new Set(MISSING_TOKENS);
const LONGEST_TOKEN = Math.max(...MISSING_TOKENS.map(({ length }) => length));

const PLACEHOLDERS: ReadonlySet<string> = new Set([
  ...['-', '--', '—', '–', '.', '..', '*', 'n/a', '#n/a', 'n.a.', 'na.', 'none', 'nil', 'unknown'],
  ...['missing', 'not available', 'not applicable', '(null)', '<na>', '\\n', '#value!', '#ref!'],
  ...['#div/0!', 'tbd', 'k.a.', 'n.v.'],
]);

/**
 * What people write where there is no value. It is a missing number, date or truth; among texts it is
 * a value as good as any, since `-` may be the opposite of `+`.
 */
export const isPlaceholder = (text: string): boolean =>
  text.length <= LONGEST_PLACEHOLDER && PLACEHOLDERS.has(text.toLowerCase());

const LONGEST_PLACEHOLDER = Math.max(...[...PLACEHOLDERS].map(({ length }) => length));

/** A value as text; null where it is missing. */
export function cellText(value: unknown, furtherMissing: ReadonlySet<string>): string | null {
  const text = rawText(value);
  if (text === null) return null;
  const trimmed = text.trim();
  const isToken = trimmed.length <= LONGEST_TOKEN && MISSING.has(trimmed.toLowerCase());
  return isToken || furtherMissing.has(trimmed) ? null : trimmed;
}

function rawText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  // Numbers as ECMAScript writes them: the shortest text that reads back as the same float64.
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value);
  }
  return JSON.stringify(value);
}

/** Longest level or class that is remembered as it is. */
const LONGEST_LEVEL = 200;

/** The same text in memory of its own: one cut from a larger text would keep all of that. */
export function ownText(text: string): string {
  const own = Buffer.from(text).toString();
  // Half a surrogate pair is nothing in UTF-8.
  return own === text ? own : Buffer.from(text, 'utf16le').toString('utf16le');
}

/** A text as levels and classes name it: cut where it is long, so that memory stays bounded. */
export const levelName = (text: string): string =>
  text.length > LONGEST_LEVEL ? `${text.slice(0, LONGEST_LEVEL)}…` : text;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?inf(?:inity)?$/i;

/** Decimal notation only: `1_000`, `0x10` and `1,5` are text. Null for what is no finite number. */
export function parseNumber(text: string): number | null {
  if (!isPlainDecimal(text) && !NUMBER.test(text)) return null;
  const value = Number(text);
  return isFiniteInput(value) ? value : null;
}

const [ZERO, NINE, POINT, MINUS] = [0x30, 0x39, 0x2e, 0x2d];

/** Nearly all numbers are digits with a point among them, which is seen faster than an expression sees it. */
function isPlainDecimal(text: string): boolean {
  let [digits, points] = [0, 0];
  for (let i = text.charCodeAt(0) === MINUS ? 1 : 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= NINE) digits += 1;
    else if (code === POINT) points += 1;
    else return false;
  }
  return digits > 0 && points <= 1;
}

/** Whether a cell says "infinite", or is too large for a model's float32 inputs. */
export const isInfinite = (text: string): boolean =>
  NOT_FINITE.test(text) || (NUMBER.test(text) && !isFiniteInput(Number(text)));

const isFiniteInput = (value: number): boolean => Number.isFinite(Math.fround(value));

const TRUE = new Set(['true', 'yes', 't', 'y']);
const FALSE = new Set(['false', 'no', 'f', 'n']);
const LONGEST_TRUTH = 5;

/** `true`, `yes`, `t`, `y` and their opposites in any case; 1 and 0 where a column is known to be boolean. */
export function parseBoolean(text: string): boolean | null {
  if (text.length > LONGEST_TRUTH) return null;
  const lower = text.toLowerCase();
  if (TRUE.has(lower) || lower === '1') return true;
  if (FALSE.has(lower) || lower === '0') return false;
  return null;
}

const DATE =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?(Z|[+-]\d{2}:?\d{2}|(?<=:.+)[+-]\d{2})?$/;

/** ISO 8601 dates and times, also with slashes; no zone means UTC. Milliseconds since 1970. */
export function parseDate(text: string): number | null {
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone] = DATE.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const [m, d] = [Number(month), Number(day)];
  const date = new Date(0);
  // Date.UTC would take the year 50 for 1950, and 31 February for 3 March.
  date.setUTCFullYear(Number(year), m - 1, d);
  const isDay = date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 61;
  if (!isDay || !isTime) return null;
  const timeMs = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000;
  return date.getTime() + Math.round(timeMs) - zoneOffsetMs(zone);
}

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000;
}
