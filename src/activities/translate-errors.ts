import { Context, type Info } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker';
import { ZodError } from 'zod';
import { InputError } from '../errors.ts';

/** A full disk may have room again soon: so often it is looked for, with so long between. */
const DISK_ATTEMPTS = 30;
const DISK_PAUSE_MS = 2_000;
/** What has just begun has nothing to lose, and says at once that there is no room for it. */
const BEGINNINGS = ['beginRun', 'beginPipeline', 'beginRetraining'];
/** Sooner, the server would hand the work to a poll of the very worker that ends. */
const HAND_OVER_MS = 1_000;

/** Faults of the program: trying again would only repeat them. */
const PROGRAM_FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError, ZodError];

/** Turns users' faults and program faults into non-retryable failures; lets outages be retried. */
export class ErrorTranslator implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      const { cancellationSignal, info } = Context.current();
      // Told to stop, it broke off in whatever way: anything but its cancellation would be a failure.
      throw cancellationSignal.aborted
        ? stopped(cancellationSignal.reason)
        : toFailure(error, info);
    }
  }
}

/** Nothing has gone wrong where a worker is told to end: the next one goes on at once, however often. */
function stopped(reason: unknown): unknown {
  if (!(reason instanceof CancelledFailure) || reason.message !== 'WORKER_SHUTDOWN') return reason;
  return ApplicationFailure.create({
    type: 'WorkerShutdown',
    message: 'The worker was told to end.',
    nextRetryDelay: HAND_OVER_MS,
  });
}

function toFailure(error: unknown, info: Info): unknown {
  if (error instanceof TemporalFailure || !(error instanceof Error)) return error;
  if (error.name === 'CancelledFailure' || error.name === 'AbortError') return error;
  if (error instanceof InputError) {
    const failure = ApplicationFailure.create({
      type: error.problem.code,
      message: error.message,
      details: [error.problem],
      ...(mayPass(error, info) ? { nextRetryDelay: DISK_PAUSE_MS } : { nonRetryable: true }),
    });
    // The Web UI shows it, and a place in our code would tell the user nothing.
    failure.stack = '';
    return failure;
  }
  if (PROGRAM_FAULTS.some((fault) => error instanceof fault)) {
    return ApplicationFailure.create({
      type: 'InternalError',
      message: `${error.name}: ${error.message}`,
      nonRetryable: true,
      cause: error,
    });
  }
  return error;
}

/** A run that is under way waits for room on its disk. */
const mayPass = ({ problem }: InputError, { activityType, attempt }: Info): boolean =>
  problem.code === 'NoDiskSpace' && !BEGINNINGS.includes(activityType) && attempt < DISK_ATTEMPTS;
