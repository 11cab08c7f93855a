import { InputError } from '../errors.ts';

/** Half open: from `start` until before `end`. */
export interface DataInterval {
  readonly start: string;
  readonly end: string;
}

/** Milliseconds by unit. */
const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The interval that ends with a moment, and is as long as `24h` or `7d` says. */
export function intervalEnding(at: string, length: string): DataInterval {
  const lengthMs = Number(length.slice(0, -1)) * (UNITS[length.slice(-1)] ?? 0);
  const endMs = Date.parse(at);
  return { start: new Date(endMs - lengthMs).toISOString(), end: new Date(endMs).toISOString() };
}

const PLACEHOLDER = /\{(start|end)(?::([^{}]*))?\}/g;
const FIELDS = /yyyy|MM|dd|HH|mm/g;

/** A path with `{start:yyyy-MM-dd}` and `{end:…}` written out as the clocks of a zone show them. */
export function expandDates(path: string, interval: DataInterval, timeZone: string): string {
  return path.replaceAll(PLACEHOLDER, (_, edge: 'start' | 'end', format = 'yyyy-MM-dd') => {
    const parts = dateParts(interval[edge], timeZone);
    const text = (format as string).replaceAll(FIELDS, (field) => parts[field] as string);
    if (/[A-Za-z]/.test(text)) {
      throw new InputError({
        code: 'InvalidRetraining',
        field: 'data.path',
        value: path,
        expected: 'dates made of yyyy, MM, dd, HH and mm, such as {end:yyyy-MM-dd}',
        remedy: `Change '{${edge}:${String(format)}}'.`,
      });
    }
    return text;
  });
}

function dateParts(at: string, timeZone: string): Readonly<Record<string, string>> {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric' },
    ...{ month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  });
  const found = format.formatToParts(new Date(at));
  const part = (type: string, digits: number) =>
    (found.find((each) => each.type === type)?.value ?? '').padStart(digits, '0');
  return {
    yyyy: part('year', 4),
    MM: part('month', 2),
    dd: part('day', 2),
    HH: part('hour', 2),
    mm: part('minute', 2),
  };
}
