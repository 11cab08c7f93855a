import { describe, expect, test } from 'vitest';
import { expandDates, intervalEnding } from '../../src/compute/data-interval.ts';
import { parseRetraining } from '../../src/schemas/retraining.ts';
import { parseScheduleTimes } from '../../src/schemas/schedule.ts';
import { problemIn } from '../support/input-problem.ts';

const smallest = { name: 'churn', data: '/data/c-*.csv', job: { target: 'churned' } };

describe('a retraining', () => {
  test('is whole with a name, data and a target', () => {
    expect(parseRetraining(smallest)).toMatchObject({
      data: { path: '/data/c-*.csv', newest: 'modified' },
      job: { name: 'churn', target: 'churned', deployment: { alias: 'challenger' } },
      interval: '1d',
      promotion: { margin: 0, confidence: 0.95 },
      drift: { limit: 0.25, onDrift: 'refuse' },
    });
  });

  test.each([
    ['text', 'retraining', 'InvalidRetraining'],
    [{ ...smallest, dta: 1 }, 'dta', 'UnknownKey'],
    [{ ...smallest, data: {} }, 'data', 'InvalidRetraining'],
    [{ ...smallest, data: { path: 'a', sql: 'b' } }, 'data', 'InvalidRetraining'],
    [{ ...smallest, job: {} }, 'job.target', 'InvalidRetraining'],
    [{ ...smallest, job: { target: 'y', metric: 'wins' } }, 'job.metric', 'InvalidJob'],
    [{ ...smallest, job: { target: 'y', name: 'other' } }, 'job.name', 'InvalidRetraining'],
    [{ ...smallest, interval: 'daily' }, 'interval', 'InvalidRetraining'],
    [{ ...smallest, timeZone: 'Mars/Base' }, 'timeZone', 'InvalidRetraining'],
  ])('that can not be names its field: %j', (input, field, code) => {
    expect(problemIn(() => parseRetraining(input))).toMatchObject({ field, code });
  });
});

describe('times of a schedule', () => {
  test('skip a run that is due while another goes on, and catch up for an hour', () => {
    expect(parseScheduleTimes({ cron: ['0 3 * * *'] })).toMatchObject({
      ...{ overlap: 'skip', catchUp: '1h', timeZone: 'UTC', pauseOnFailure: false },
    });
  });

  test.each([
    [{}, 'cron'],
    [{ every: 'hourly' }, 'every'],
    [{ every: '1h', timeZone: 'Mars/Base' }, 'timeZone'],
    [{ every: '1h', overlap: 'jump' as 'skip' }, 'overlap'],
    [{ every: '1h', pauseAfter: 0 }, 'pauseAfter'],
  ])('that can not be name their field: %j', (input, field) => {
    expect(problemIn(() => parseScheduleTimes(input))).toMatchObject({
      ...{ field, code: 'InvalidSchedule' },
    });
  });
});

describe('an interval of data', () => {
  const interval = intervalEnding('2026-03-29T03:00:00Z', '1d');

  test('ends with the scheduled time', () => {
    expect(interval).toEqual({
      start: '2026-03-28T03:00:00.000Z',
      end: '2026-03-29T03:00:00.000Z',
    });
    expect(intervalEnding('2026-03-29T03:00:00Z', '2w').start).toBe('2026-03-15T03:00:00.000Z');
  });

  test('is written into a path as the clocks of a zone show it, also where they were put forward', () => {
    const path = '/data/{start:yyyy/MM}/c-{end}-{end:HHmm}.csv';
    expect(expandDates(path, interval, 'UTC')).toBe('/data/2026/03/c-2026-03-29-0300.csv');
    expect(expandDates(path, interval, 'Europe/Rome')).toBe('/data/2026/03/c-2026-03-29-0500.csv');
    expect(expandDates('{start:HH}', interval, 'Europe/Rome')).toBe('04');
  });

  test('does not take a date that it can not write', () => {
    expect(problemIn(() => expandDates('c-{end:YYYY}.csv', interval, 'UTC'))).toMatchObject({
      ...{ field: 'data.path', remedy: "Change '{end:YYYY}'." },
    });
  });
});
