import type { Duration } from '@temporalio/common';
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** A run that was silent for a week counts as abandoned. */
const SIGN_EVERY: Duration = '1 day';

/**
 * Does work that may wait for long (paused, or without a worker), and has its record say every so
 * often that it goes on, so that nothing of it is collected as garbage.
 */
export async function whileGivingSigns<T>(
  give: () => Promise<void>,
  work: () => Promise<T>,
  every = SIGN_EVERY,
): Promise<T> {
  const signs = new CancellationScope();
  const given = signs.run(() => giveForEver(give, every)).catch(() => undefined);
  try {
    return await work();
  } finally {
    signs.cancel();
    await given;
  }
}

async function giveForEver(give: () => Promise<void>, every: Duration): Promise<never> {
  for (;;) {
    await sleep(every);
    try {
      await give();
    } catch (error) {
      // One that could not be given is followed by another.
      if (isCancellation(error)) throw error;
    }
  }
}
