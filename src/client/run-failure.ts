import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import { InputError, type InputProblem } from '../errors.ts';

/** A run that ended without a result. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
  readonly workflowId: string;
  /** What was wrong with what the user gave, if that was it. */
  readonly problem: InputProblem | null;
  readonly how: 'failed' | 'cancelled' | 'terminated' | 'timed out';

  constructor(workflowId: string, error: WorkflowFailedError) {
    const cause = innermost(error);
    // Of a graph it is told, too, which of its steps it was.
    super((failedStep(error) ?? cause).message, { cause: error });
    this.workflowId = workflowId;
    this.problem = cause instanceof ApplicationFailure ? problemIn(cause) : null;
    this.how = howItEnded(error.cause);
  }
}

export function describeRunFailure({ how, message, workflowId }: RunFailed): string {
  return how === 'failed' ? message : `The run ${workflowId} was ${how}.`;
}

/** What was wrong with what the user asked for, where a failure tells that; else undefined. */
export function inputErrorIn(error: Error): InputError | undefined {
  const cause = innermost(error);
  const problem = cause instanceof ApplicationFailure ? problemIn(cause) : null;
  return problem === null ? undefined : new InputError(problem, { cause: error });
}

function howItEnded(cause: unknown): RunFailed['how'] {
  if (cause instanceof CancelledFailure) return 'cancelled';
  if (cause instanceof TimeoutFailure) return 'timed out';
  const isTermination = cause instanceof Error && cause.name === 'TerminatedFailure';
  return isTermination ? 'terminated' : 'failed';
}

function failedStep(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure && error.type === 'StepFailed') return error;
  return error instanceof Error ? failedStep(error.cause) : undefined;
}

function innermost(error: Error): Error {
  let current = error;
  while (current.cause instanceof Error) {
    if (current instanceof ApplicationFailure && problemIn(current) !== null) return current;
    current = current.cause;
  }
  return current;
}

function problemIn(failure: ApplicationFailure): InputProblem | null {
  const detail: unknown = failure.details?.[0];
  const isProblem =
    typeof detail === 'object' && detail !== null && 'field' in detail && 'remedy' in detail;
  return isProblem ? (detail as InputProblem) : null;
}
