import { dirname, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import type { RetrainingInput } from '../../../schemas/retraining.ts';
import type { Calendar, OverlapName } from '../../../schemas/schedule.ts';
import { type Invocation, usageError } from '../../command.ts';
import { readJobFile, setByPath } from '../../job-file.ts';
import type { RetrainingSchedules } from '../../retraining-schedules.ts';

export const createOptions = {
  name: { type: 'string' },
  data: { type: 'string' },
  sql: { type: 'string' },
  newest: { type: 'string' },
  target: { type: 'string' },
  interval: { type: 'string' },
  margin: { type: 'string' },
  'on-drift': { type: 'string' },
  set: { type: 'string', multiple: true },
  cron: { type: 'string', multiple: true },
  calendar: { type: 'string', multiple: true },
  every: { type: 'string' },
  'time-zone': { type: 'string' },
  'catch-up': { type: 'string' },
  jitter: { type: 'string' },
  'pause-on-failure': { type: 'boolean' },
  'pause-after': { type: 'string' },
  paused: { type: 'boolean' },
} as const;

/** Creates a schedule from a retraining's file, if one is named, with the options laid over it. */
export async function createSchedule(
  schedules: RetrainingSchedules,
  id: string,
  invocation: Invocation,
): Promise<string> {
  const { options, positionals } = invocation;
  const retraining = await readRetraining(id, positionals[2], invocation);
  await schedules.create(id, retraining, {
    cron: [...options.list('cron')],
    calendars: options.list('calendar').map(readCalendar),
    ...optional('every', options.text('every')),
    ...optional('timeZone', options.text('time-zone')),
    ...optional('overlap', options.text('overlap') as OverlapName | undefined),
    ...optional('catchUp', options.text('catch-up')),
    ...optional('jitter', options.text('jitter')),
    ...optional('note', options.text('note')),
    pauseOnFailure: options.has('pause-on-failure'),
    ...optional('pauseAfter', options.wholeNumber('pause-after', 1, 100)),
    paused: options.has('paused'),
  });
  return `created the schedule ${id}; 'sevenfold schedule show ${id}' tells of its runs`;
}

async function readRetraining(
  id: string,
  file: string | undefined,
  { options }: Invocation,
): Promise<RetrainingInput> {
  const given = file === undefined ? {} : await readJobFile(file);
  given['name'] = options.text('name') ?? given['name'] ?? id;
  const folder = file === undefined ? process.cwd() : dirname(resolve(file));
  const data = locate(given['data'], folder);
  if (data !== undefined) given['data'] = data;
  locateTestTable(given['job'], folder);
  const [path, sql] = [options.text('data'), options.text('sql')];
  if (path !== undefined) given['data'] = { path: resolve(path) };
  if (sql !== undefined) given['data'] = { sql };
  for (const [key, value] of [
    ['data.newest', options.text('newest')],
    ['job.target', options.text('target')],
    ['interval', options.text('interval')],
    // The retraining's dates and the schedule's times are of one zone, unless its file says otherwise.
    ['timeZone', given['timeZone'] === undefined ? options.text('time-zone') : undefined],
    ['promotion.margin', numberOf('margin', options.text('margin'))],
    ['drift.onDrift', options.text('on-drift')],
  ] as const) {
    if (value !== undefined) setByPath(given, `${key}=${JSON.stringify(value)}`);
  }
  for (const assignment of options.list('set')) setByPath(given, assignment);
  return given as unknown as RetrainingInput;
}

/** Paths in a file are meant from its folder. */
function locate(data: unknown, folder: string): unknown {
  if (typeof data === 'string') return { path: resolve(folder, data) };
  if (typeof data !== 'object' || data === null) return data;
  const located = Object.entries(data).map(([key, value]) => {
    const isPath = (key === 'path' || key === 'sqlite') && typeof value === 'string';
    return [key, isPath ? resolve(folder, value) : value];
  });
  return Object.fromEntries(located);
}

function locateTestTable(job: unknown, folder: string): void {
  const { split } = (job ?? {}) as { split?: { test?: unknown } };
  if (typeof split?.test === 'string') split.test = resolve(folder, split.test);
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && text.trim() !== '') return value;
  throw usageError(`--${name}`, text, 'a number');
}

function readCalendar(text: string): Calendar {
  try {
    return parse(text) as Calendar;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw usageError('--calendar', text, `YAML or JSON such as '{"hour": 3}'`);
  }
}

const optional = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [name in Name]?: Value };
