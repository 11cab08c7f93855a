import { setTimeout as pause } from 'node:timers/promises';
import type { Disturbance } from './disturbances.ts';

/** Two checkpoints and more fall due meanwhile. */
const FULL_FOR_MS = 3_000;
/** Longer than an attempt waits for one answer of the store. */
const AWAY_FOR_MS = 12_000;

/** The disk is full for a while, whatever is being done. */
export const fillDisk: Disturbance = async ({ stack }) => {
  const makeRoom = await stack.place.disk?.fill();
  await pause(FULL_FOR_MS);
  await makeRoom?.();
  return { what: 'full disk', inWork: false, redoneMs: 0, recoveredMs: null };
};

/** The store gives no answer for a while, whatever is being done. */
export const hangBucket: Disturbance = async ({ stack }) => {
  const { pid } = stack.place.bucket ?? {};
  if (pid === undefined) return null;
  process.kill(pid, 'SIGSTOP');
  await pause(AWAY_FOR_MS);
  process.kill(pid, 'SIGCONT');
  return { what: 'unreachable bucket', inWork: false, redoneMs: 0, recoveredMs: null };
};
