import { expect, test } from 'vitest';
import { MemoryGate } from '../../src/workers/compute/memory-gate.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;

/** Work that goes on until it is told to end. */
function piece(gate: MemoryGate, bytes: number, signal: AbortSignal = never) {
  let end = () => {};
  let running = false;
  const done = gate.admit(bytes, signal, async () => {
    running = true;
    await new Promise<void>((resolve) => (end = resolve));
    running = false;
  });
  return { done, isRunning: () => running, end: () => end() };
}

test('as much runs at once as fits, and the next when there is room', async () => {
  const gate = new MemoryGate(10);
  const pieces = [6, 4, 5, 5].map((bytes) => piece(gate, bytes));
  await until(() => pieces[1]?.isRunning());
  expect(pieces.map((each) => each.isRunning())).toEqual([true, true, false, false]);
  pieces[0]?.end();
  await until(() => pieces[2]?.isRunning());
  expect(pieces[3]?.isRunning()).toBe(false);
  pieces[1]?.end();
  await until(() => pieces[3]?.isRunning());
  for (const each of pieces) each.end();
  await Promise.all(pieces.map(({ done }) => done));
});

test('what asks for more than there is runs alone, and is not overtaken for ever', async () => {
  const gate = new MemoryGate(10);
  const small = piece(gate, 3);
  const huge = piece(gate, 1000);
  const later = piece(gate, 1);
  await until(() => small.isRunning());
  expect([huge.isRunning(), later.isRunning()]).toEqual([false, false]);
  small.end();
  await until(() => huge.isRunning());
  expect(later.isRunning()).toBe(false);
  huge.end();
  await until(() => later.isRunning());
  later.end();
  await Promise.all([small.done, huge.done, later.done]);
});

test('who gives up while waiting leaves the place to the next', async () => {
  const gate = new MemoryGate(10);
  const giveUp = new AbortController();
  const first = piece(gate, 8);
  const second = piece(gate, 8, giveUp.signal);
  const third = piece(gate, 2);
  giveUp.abort(new Error('given up'));
  await expect(second.done).rejects.toThrow('given up');
  await until(() => third.isRunning());
  expect(first.isRunning()).toBe(true);
  first.end();
  third.end();
  await Promise.all([first.done, third.done]);
});
