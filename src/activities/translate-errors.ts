import { Context } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker';
import { ZodError } from 'zod';
import { InputError } from '../errors.ts';

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
      const { cancellationSignal } = Context.current();
      // Told to stop, it broke off in whatever way: anything but its cancellation would be a failure.
      throw cancellationSignal.aborted ? cancellationSignal.reason : toFailure(error);
    }
  }
}

export function toFailure(error: unknown): unknown {
  if (error instanceof TemporalFailure || !(error instanceof Error)) return error;
  if (error.name === 'CancelledFailure' || error.name === 'AbortError') return error;
  if (error instanceof InputError) {
    return ApplicationFailure.create({
      type: error.problem.code,
      message: error.message,
      nonRetryable: true,
      details: [error.problem],
    });
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
