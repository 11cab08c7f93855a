import { nearestName } from '../../../nearest.ts';
import { OverlapName } from '../../../schemas/schedule.ts';
import { type Command, ExitCode, type Invocation, usageError } from '../../command.ts';
import { RetrainingSchedules } from '../../retraining-schedules.ts';
import { createOptions, createSchedule } from './create.ts';
import { listSchedules, showSchedule } from './show.ts';

type Action = (
  schedules: RetrainingSchedules,
  id: string,
  invocation: Invocation,
) => Promise<string | undefined>;

/** What is done with one schedule, and said of it. */
const actions: Readonly<Record<string, Action>> = {
  create: createSchedule,
  async show(schedules, id, { output }) {
    await showSchedule(schedules, id, output);
    return undefined;
  },
  async pause(schedules, id, { options }) {
    await schedules.pause(id, options.text('note'));
    return `paused ${id}; 'sevenfold schedule resume ${id}' lets it go on`;
  },
  async resume(schedules, id, { options }) {
    await schedules.resume(id, options.text('note'));
    return `resumed ${id}`;
  },
  async trigger(schedules, id, invocation) {
    await schedules.trigger(id, overlapOf(invocation));
    return `triggered ${id}`;
  },
  async backfill(schedules, id, invocation) {
    const [from, to] = [timeOf(invocation, 'from'), timeOf(invocation, 'to')];
    if (from >= to) throw usageError('--from', from.toISOString(), 'a time before that of --to');
    await schedules.backfill(id, from, to, overlapOf(invocation));
    return `backfilling ${id} from ${from.toISOString()} to ${to.toISOString()}`;
  },
  async delete(schedules, id) {
    await schedules.delete(id);
    return `deleted ${id}; runs under way go on`;
  },
};
const NAMES = [...Object.keys(actions), 'list'];

export const schedule: Command = {
  usage: `create <id> [retraining.yaml] [options]
sevenfold schedule list
sevenfold schedule show|pause|resume|trigger|backfill|delete <id>

  --data <path>          newest file that matches: *, **, ?, {start:yyyy-MM-dd}, {end:…}
  --sql <select>         or what a query gives, between $start and $end
  --newest <by>          modified or name
  --interval <length>    of the data, before the scheduled time; default 1d
  --target <column>      the column to predict
  --name <model>         the model's name; default: the schedule's id
  --margin <gain>        what a challenger has to be better by; default 0
  --on-drift <what>      refuse or warn
  --set <key>=<value>    any other field, such as job.budget=30trials; repeatable

  --cron <expression>    such as '0 3 * * *'; repeatable
  --calendar <times>     such as '{"hour": 3, "dayOfWeek": "MONDAY"}'; repeatable
  --every <length>       such as 6h
  --time-zone <zone>     of cron, calendars and dates; default UTC
  --overlap <policy>     ${OverlapName.options.join(', ')}; also of trigger and backfill
  --catch-up <length>    how late a missed run may still start; default 1h
  --jitter <length>      puts each start off at random
  --pause-on-failure     pause when a run has failed
  --pause-after <n>      pause when so many in a row have failed
  --paused               create it paused
  --note <text>          why it is paused or resumed
  --from, --to <time>    of a backfill, such as 2026-01-31T00:00:00Z`,
  options: {
    ...createOptions,
    overlap: { type: 'string' },
    note: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
  },
  async run(invocation) {
    const { config, output, positionals } = invocation;
    const [name = '', id] = positionals;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined && name !== 'list') throw unknownAction(name);
    if (name !== 'list' && id === undefined) throw usageError('schedule', undefined, 'its id');
    const schedules = await RetrainingSchedules.connect(config);
    try {
      if (action === undefined) {
        await listSchedules(schedules, output);
        return ExitCode.done;
      }
      const said = await action(schedules, id as string, invocation);
      if (said !== undefined) {
        output.line(said);
        output.result({ schedule: id });
      }
      return ExitCode.done;
    } finally {
      await schedules.close();
    }
  },
};

function unknownAction(name: string) {
  const nearest = nearestName(name, NAMES);
  return usageError(
    'schedule',
    name,
    `one of ${NAMES.join(', ')}`,
    nearest === undefined ? undefined : `Did you mean 'sevenfold schedule ${nearest}'?`,
  );
}

function overlapOf({ options }: Invocation): OverlapName | undefined {
  const text = options.text('overlap');
  if (text === undefined) return undefined;
  const parsed = OverlapName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw usageError('--overlap', text, `one of ${OverlapName.options.join(', ')}`);
}

function timeOf({ options }: Invocation, name: string): Date {
  const text = options.text(name);
  const time = new Date(text ?? '');
  if (!Number.isNaN(time.getTime())) return time;
  throw usageError(`--${name}`, text, 'a time such as 2026-01-31T00:00:00Z');
}
