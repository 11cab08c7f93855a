/** Makes a schedule that retrains each year, backfills three years, and tells of each decision. */

import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RetrainingSchedules } from '../../src/client/retraining-schedules.ts';
import { readConfig } from '../../src/config.ts';

const ID = 'penguins-yearly';
const RUNS = 3;

const penguins = fileURLToPath(new URL('../01-penguins/penguins.csv', import.meta.url));
const schedules = await RetrainingSchedules.connect(readConfig());
try {
  await schedules.create(
    ID,
    {
      name: 'penguin-species',
      data: {
        sql: `select * exclude (year) from read_csv('${penguins}', all_varchar = true)
              where make_date(year::int, 12, 31) < $end order by all`,
      },
      job: { target: 'species', split: { kind: 'stratified' }, budget: '2trials' },
      promotion: { margin: 0.01 },
      drift: { onDrift: 'warn' },
    },
    { cron: ['0 0 1 1 *'], timeZone: 'UTC', paused: true },
  );
  await schedules.backfill(ID, new Date('2007-12-31'), new Date('2010-01-02'));
  for (;;) {
    const runs = await schedules.runs(ID);
    if (runs.length === RUNS && runs.every(({ status }) => status !== 'running')) {
      const told = runs.reverse().map(({ scheduledAt, status, result }) => ({
        year: scheduledAt.getUTCFullYear(),
        rows: result?.check?.rows ?? null,
        decision: result?.decision ?? status,
        reason: result?.reason ?? null,
        champion: result?.champion ?? null,
      }));
      console.log(JSON.stringify(told));
      break;
    }
    await pause(500);
  }
} finally {
  await schedules.delete(ID);
  await schedules.close();
}
