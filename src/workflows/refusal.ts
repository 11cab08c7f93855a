import { ApplicationFailure } from '@temporalio/workflow';
import { describeInputProblem, type InputProblem } from '../errors.ts';

/** What the user asked of a run can't be done: said as an InputError says it. */
export function refusal(problem: InputProblem): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type: problem.code,
    message: describeInputProblem(problem),
    nonRetryable: true,
    details: [problem],
  });
  // The Web UI shows it, and a place in our code would tell the user nothing.
  failure.stack = '';
  return failure;
}
