import type { Output } from '../../output.ts';
import { formatTable } from '../../output.ts';
import type { RetrainingSchedules } from '../../retraining-schedules.ts';

const MOST_TIMES = 3;
const time = (date: Date | undefined) => date?.toISOString().slice(0, 19) ?? '';

/** Tells of a schedule's state, its next times, and what its latest runs came to. */
export async function showSchedule(
  schedules: RetrainingSchedules,
  id: string,
  output: Output,
): Promise<void> {
  const { state, policies, info, action } = await schedules.describe(id);
  const pauseAfter = action.memo?.['pauseAfter'];
  const runs = await schedules.runs(id);
  const next = info.nextActionTimes.slice(0, MOST_TIMES);
  const note = state.note === undefined || state.note === '' ? '' : `: ${state.note}`;
  output.line(`${id}: ${state.paused ? `paused${note}` : `next at ${next.map(time).join(', ')}`}`);
  output.line(
    `overlap ${policies.overlap}; ${info.numActionsTaken} runs, ${info.numActionsSkippedOverlap} skipped for overlap, ` +
      `${info.numActionsMissedCatchupWindow} missed` +
      (typeof pauseAfter === 'number' ? `; pauses after ${pauseAfter} failures in a row\n` : '\n'),
  );
  const rows = runs.map(({ scheduledAt, status, result, workflowId }) => [
    time(scheduledAt),
    result?.decision ?? status,
    result?.reason ?? workflowId,
  ]);
  if (rows.length > 0) output.line(formatTable([['scheduled (UTC)', 'came to', ''], ...rows]));
  output.result({ id, paused: state.paused, note: state.note, policies, next, runs });
}

export async function listSchedules(schedules: RetrainingSchedules, output: Output): Promise<void> {
  const found: { id: string; paused: boolean; note: string | undefined; next: readonly Date[] }[] =
    [];
  for await (const schedule of schedules.list()) found.push(schedule);
  const rows = found.map(({ id, paused, next }) => [id, paused ? 'paused' : 'on', time(next[0])]);
  output.line(
    rows.length === 0
      ? "no schedules yet; create one with 'sevenfold schedule create'"
      : formatTable([['schedule', '', 'next (UTC)'], ...rows]),
  );
  output.result({ schedules: found });
}
