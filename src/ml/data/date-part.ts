import type { Cycle, DatePart } from '../../schemas/transform.ts';

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 24 * MS_PER_HOUR;

/** How many of its units a cycle has; a year has a quarter of a day more than 365. */
export const PERIOD: Readonly<Record<Cycle, number>> = {
  month: 12,
  weekday: 7,
  hour: 24,
  yearday: 365.25,
};

/** A part of a moment, in UTC; Monday is 0. */
export function datePart(timeMs: number, part: DatePart): number {
  const date = new Date(timeMs);
  switch (part) {
    case 'year':
      return date.getUTCFullYear();
    case 'month':
      return date.getUTCMonth() + 1;
    case 'day':
      return date.getUTCDate();
    case 'weekday':
      return (date.getUTCDay() + 6) % 7;
    case 'hour':
      return date.getUTCHours();
    case 'days':
      return timeMs / MS_PER_DAY;
    default: {
      const [cycle, wave] = part.split('.') as [Cycle, 'sin' | 'cos'];
      return Math[wave]((2 * Math.PI * sinceBeginning(timeMs, cycle)) / PERIOD[cycle]);
    }
  }
}

/** Units of a cycle that have gone by; of a day hours, with their minutes. */
function sinceBeginning(timeMs: number, cycle: Cycle): number {
  const days = Math.floor(timeMs / MS_PER_DAY);
  switch (cycle) {
    case 'month':
      return datePart(timeMs, 'month') - 1;
    case 'weekday':
      return datePart(timeMs, 'weekday');
    case 'hour':
      return (timeMs - days * MS_PER_DAY) / MS_PER_HOUR;
    case 'yearday': {
      const newYear = new Date(timeMs);
      newYear.setUTCMonth(0, 1);
      return days - Math.floor(newYear.getTime() / MS_PER_DAY);
    }
  }
}
