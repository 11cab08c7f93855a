import { setTimeout as pause } from 'node:timers/promises';

/** Waits until a condition holds; the test's own time limit ends a wait in vain. */
export async function until<T>(
  look: () => T | Promise<T>,
  { everyMs = 10 } = {},
): Promise<NonNullable<T>> {
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    await pause(everyMs);
  }
}
