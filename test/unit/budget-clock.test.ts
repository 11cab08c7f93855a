import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BudgetClock } from '../../src/workflows/budget-clock.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const clockOf = (seconds?: number) =>
  new BudgetClock({
    budget: seconds === undefined ? {} : { seconds },
    ...{ startedAtMs: 0, pausedMs: 0, pausedAtMs: null, preparedMs: 0 },
  });

test('a time budget does not run while paused, however often', () => {
  const clock = clockOf(100);
  vi.setSystemTime(10_000);
  clock.pause();
  vi.setSystemTime(500_000);
  expect(clock.remainingSeconds(1)).toBe(90);
  clock.resume();
  vi.setSystemTime(520_000);
  expect(clock.remainingSeconds(1)).toBe(70);
  clock.pause();
  // A second word to pause changes nothing.
  vi.setSystemTime(530_000);
  clock.pause();
  vi.setSystemTime(540_000);
  clock.resume();
  expect(clock.remainingSeconds(1)).toBe(70);
  expect(clock.remainingSeconds(0.5)).toBe(20);
  expect(clock.spent(0.25)).toBe(true);
  expect(clock.trainingLimit(0.5)).toBe(20);
});

test('shares are of the time that is left when the data are prepared', () => {
  const clock = clockOf(100);
  vi.setSystemTime(40_000);
  clock.prepared();
  expect(clock.remainingSeconds(0.25)).toBe(15);
  expect(clock.remainingSeconds(1)).toBe(60);
  const late = clockOf(100);
  vi.setSystemTime(250_000);
  late.prepared();
  expect(late.spent(1)).toBe(true);
});

test('what the steps after tuning do not need is left to tuning', () => {
  const clock = clockOf(300);
  clock.keepForRest(35);
  expect(clock.remainingSeconds(0.35)).toBe(105);
  expect(clock.remainingSeconds(0.65)).toBe(265);
  expect(clock.remainingSeconds(0.75)).toBe(275);
  expect(clock.remainingSeconds(1)).toBe(300);
  // No more than their share.
  const short = clockOf(60);
  short.keepForRest(35);
  expect(short.remainingSeconds(0.65)).toBe(39);
  expect(short.remainingSeconds(0.92)).toBeCloseTo(55.2);
});

test('a clock goes on elsewhere from its state', () => {
  const clock = clockOf(100);
  vi.setSystemTime(10_000);
  clock.pause();
  const other = new BudgetClock(JSON.parse(JSON.stringify(clock.state)));
  vi.setSystemTime(60_000);
  other.resume();
  vi.setSystemTime(70_000);
  expect(other.remainingSeconds(1)).toBe(80);
});

test('a budget of counts has no clock', () => {
  const clock = clockOf();
  vi.setSystemTime(1e12);
  expect(clock.spent(0)).toBe(false);
  expect(clock.trainingLimit(0.5)).toBeNull();
  expect(clock.maxTrials).toBe(12);
});
