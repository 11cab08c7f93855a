import { ApplicationFailure } from '@temporalio/workflow';
import { describeInputProblem, type InputProblem } from '../errors.ts';

/** What the user asked of a run can't be done: said as an InputError says it. */
export const refusal = (problem: InputProblem): ApplicationFailure =>
  ApplicationFailure.create({
    type: problem.code,
    message: describeInputProblem(problem),
    nonRetryable: true,
    details: [problem],
  });
