import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

/** Bookkeeping on the main task queue: quick, and retried through outages. */
export const bookkeeping = {
  startToCloseTimeout: '1 minute',
  // A worker that was killed is missed after this long.
  heartbeatTimeout: '4s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
} satisfies ActivityOptions;

/** Bookkeeping that reads artifacts of any size. */
export const verification = {
  ...bookkeeping,
  startToCloseTimeout: '1 day',
} satisfies ActivityOptions;

/**
 * Work on a resource's task queue: as long as it takes, while its heartbeats say that it moves.
 * Attempts are unlimited, because a lost machine counts as one; users' faults are non-retryable.
 */
export const heavyWork = {
  startToCloseTimeout: '30 days',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '500ms', backoffCoefficient: 1.5, maximumInterval: '1s' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} satisfies ActivityOptions;

/** Calls to systems of others: about a day of attempts, ever further apart. */
export const delivery = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '4s',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '1 hour',
    maximumAttempts: 36,
  },
} satisfies ActivityOptions;
/** What has to be quick, changes nothing when it is done twice, and needs no task queue. */
export const localBookkeeping = {
  startToCloseTimeout: '1 minute',
  retry: bookkeeping.retry,
} satisfies LocalActivityOptions;
