/**
 * The one reading of cells, alike for files and for raw records in prediction requests: first to
 * text, then to what the column's type asks for. `{"age": 42}` and the CSV cell `42` are the same.
 */

/** Tokens that mean "missing" in every table; letter case does not matter. */
const MISSING = new Set(['', 'na', 'nan', 'null', '?']);

/** A value as text; null where it is missing. */
export function cellText(value: unknown, furtherMissing: ReadonlySet<string>): string | null {
  const text = rawText(value);
  if (text === null) return null;
  const trimmed = text.trim();
  return MISSING.has(trimmed.toLowerCase()) || furtherMissing.has(trimmed) ? null : trimmed;
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

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?inf(?:inity)?$/i;

/** Decimal notation only: `1_000`, `0x10` and `1,5` are text. Null for what is no finite number. */
export function parseNumber(text: string): number | null {
  if (!NUMBER.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** Whether a cell says "infinite", which no model can take. */
export const isInfinite = (text: string): boolean =>
  NOT_FINITE.test(text) || (NUMBER.test(text) && !Number.isFinite(Number(text)));

const TRUE = new Set(['true', 'yes', 't', 'y']);
const FALSE = new Set(['false', 'no', 'f', 'n']);

/** `true`, `yes`, `t`, `y` and their opposites in any case; 1 and 0 where a column is known to be boolean. */
export function parseBoolean(text: string): boolean | null {
  const lower = text.toLowerCase();
  if (TRUE.has(lower) || lower === '1') return true;
  if (FALSE.has(lower) || lower === '0') return false;
  return null;
}

const DATE =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** ISO 8601 dates and times, also with slashes; no zone means UTC. Milliseconds since 1970. */
export function parseDate(text: string): number | null {
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone] = DATE.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const [m, d] = [Number(month), Number(day)];
  const utc = Date.UTC(Number(year), m - 1, d, Number(hour), Number(minute), Number(second));
  const date = new Date(utc);
  // Date.UTC would take 31 February for 3 March.
  const isReal = date.getUTCMonth() === m - 1 && date.getUTCDate() === d && Number(hour) < 24;
  return isReal ? utc - zoneOffsetMs(zone) : null;
}

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
