import type { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { StepAttempts } from '../../src/activities/step-attempts.ts';
import { InputError } from '../../src/errors.ts';
import type { Step } from '../../src/schemas/pipeline.ts';
import { pipelineOf } from '../support/pipelines.ts';

const step = pipelineOf([
  {
    id: 'a',
    uses: 'exec',
    exec: { command: ['x'] },
    retry: { attempts: 3, initialSeconds: 1, factor: 10, mostSeconds: 5 },
  },
]).steps[0] as Step;
const named = (name: string) => Object.assign(new Error(name), { name });
const judge = (earlier: unknown, error: unknown) => {
  const attempts = new StepAttempts(earlier, step);
  return { failure: attempts.judge(error, 1) as ApplicationFailure, past: attempts.past };
};

test('a step’s own failures are counted across attempts, with growing pauses', () => {
  const first = judge(undefined, named('ProgramFailed'));
  expect(first.failure).toMatchObject({ nonRetryable: false, nextRetryDelay: 1_000 });
  const second = judge(first.past, named('ProgramFailed'));
  expect(second.failure).toMatchObject({ nonRetryable: false, nextRetryDelay: 5_000 });
  expect(judge(second.past, named('ProgramFailed')).failure.nonRetryable).toBe(true);
});

test('lost processes and fenced attempts do not count as failures', () => {
  const died = judge({ failures: 2, deaths: 3, seconds: 9 }, named('ComputeProcessDied'));
  expect(died.failure.nonRetryable).not.toBe(true);
  expect(died.past).toEqual({ failures: 2, deaths: 4, seconds: 1 });
  expect(judge(died.past, named('Fenced')).past).toMatchObject({ failures: 2, deaths: 4 });
});

test('a step that kills its own process is given up in the end', () => {
  expect(judge({ deaths: 19 }, named('ProgramKilled')).failure.nonRetryable).toBe(true);
});

test('what the user gave wrongly is never tried again, and keeps its explanation', () => {
  const problem = { code: 'WrongOutput', field: 'output.x', value: 1, expected: 'a', remedy: 'b' };
  const { failure } = judge(undefined, new InputError(problem));
  expect(failure).toMatchObject({ type: 'WrongOutput', nonRetryable: true, details: [problem] });
});
