import { z } from 'zod';
import { InputError } from '../errors.ts';
import { firstProblem } from './first-problem.ts';
import { LengthOfTime, TimeZone } from './retraining.ts';

/** What happens to a run that is due while an earlier one goes on. */
export const OverlapName = z.enum([
  'skip',
  'buffer-one',
  'buffer-all',
  'cancel-other',
  'terminate-other',
  'allow-all',
]);
export type OverlapName = z.infer<typeof OverlapName>;

const CalendarRange = z.strictObject({
  start: z.union([z.int(), z.string()]),
  end: z.union([z.int(), z.string()]).optional(),
  step: z.int().positive().optional(),
});
const CalendarField = z.union([
  z.int(),
  z.string(),
  CalendarRange,
  z.array(z.union([z.int(), z.string(), CalendarRange])),
]);

/** Times by calendar: `{ "hour": 3, "dayOfWeek": "MONDAY" }`; what is not named is 0 or any. */
export const Calendar = z.strictObject({
  second: CalendarField.optional(),
  minute: CalendarField.optional(),
  hour: CalendarField.optional(),
  dayOfMonth: CalendarField.optional(),
  month: CalendarField.optional(),
  year: CalendarField.optional(),
  dayOfWeek: CalendarField.optional(),
  comment: z.string().optional(),
});
export type Calendar = z.infer<typeof Calendar>;

/** When a schedule starts runs, and what it does when that goes wrong. */
export const ScheduleTimes = z.strictObject({
  cron: z.array(z.string().min(1)).default([]),
  calendars: z.array(Calendar).default([]),
  every: LengthOfTime.optional(),
  timeZone: TimeZone.default('UTC').describe('Of cron and calendars.'),
  overlap: OverlapName.default('skip'),
  catchUp: LengthOfTime.default('1h').describe('How late a run that was missed may still start.'),
  jitter: LengthOfTime.optional().describe('Each start is put off at random by up to so much.'),
  pauseOnFailure: z.boolean().default(false),
  pauseAfter: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('So many retrainings that fail in a row pause the schedule.'),
  paused: z.boolean().default(false),
  note: z.string().optional(),
});
export type ScheduleTimes = z.infer<typeof ScheduleTimes>;

/** Valid times with all their defaults; an InputError names the first field that is not right. */
export function parseScheduleTimes(input: z.input<typeof ScheduleTimes>): ScheduleTimes {
  const parsed = ScheduleTimes.safeParse(input);
  if (!parsed.success) {
    const problem = firstProblem(parsed.error, ScheduleTimes, input);
    throw new InputError({ ...problem, code: 'InvalidSchedule' });
  }
  const { cron, calendars, every } = parsed.data;
  if (cron.length + calendars.length > 0 || every !== undefined) return parsed.data;
  throw new InputError({
    code: 'InvalidSchedule',
    field: 'cron',
    value: undefined,
    expected: 'a cron expression, a calendar or an interval',
    remedy: `Add for example --cron '0 3 * * *', --calendar '{"hour": 3}' or --every 6h.`,
  });
}
