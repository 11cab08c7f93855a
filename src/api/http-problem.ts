import type { z } from 'zod';
import { RunFailed } from '../client/run-failure.ts';
import { InputError, type InputProblem } from '../errors.ts';
import { firstProblem } from '../schemas/first-problem.ts';
import type { ProblemDetails } from '../schemas/prediction.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not right',
  401: 'No valid token',
  403: 'The token does not allow this',
  404: 'Not found',
  405: 'Not allowed here',
  409: 'Not as things stand',
  413: 'The request is too large',
  414: 'The path is too long',
  415: 'The request is not JSON',
  422: 'What is asked for can not be',
  429: 'Too many requests',
  500: 'The server failed',
  503: 'Temporal does not answer',
};

/** Status of faults that are not plainly the request's own. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  RunNotFound: 404,
  WrongMethod: 405,
  RunClosed: 409,
  RunNotFinished: 409,
  RunUnderWay: 409,
  AlreadyDelivered: 409,
  AttemptOver: 409,
  NoOpenCall: 409,
  NoOpenApproval: 409,
  NotAnApprover: 403,
  NoToken: 401,
  ScopeMissing: 403,
  TooManyRequests: 429,
  NoTemporalServer: 503,
  InvalidRunId: 400,
};

/** A request that does not fit its schema. */
export class SchemaFault extends Error {
  override readonly name = 'SchemaFault';
  readonly problem: InputProblem;

  constructor(error: z.ZodError, schema: z.ZodType, input: unknown) {
    super('The request does not fit its schema.');
    this.problem = { ...firstProblem(error, schema, input), code: 'InvalidRequest' };
  }
}

/** What went wrong, for the caller; the inside of a failure stays inside. */
export function httpProblem(error: unknown, url: string): ProblemDetails {
  if (error instanceof SchemaFault) return describe(400, error.problem);
  if (error instanceof InputError) {
    return describe(STATUS_OF_CODE[error.problem.code] ?? 422, error.problem, error.message);
  }
  if (error instanceof RunFailed) {
    const { problem, message, how } = error;
    return problem === null
      ? {
          ...head(409, how === 'failed' ? 'RunFailed' : 'RunStopped'),
          detail: `${how}: ${message}`,
        }
      : describe(409, problem, message);
  }
  const { statusCode = 500, code = '' } = error as { statusCode?: number; code?: string };
  if (statusCode >= 500) {
    return { ...head(500, 'ServerFailure'), detail: 'Please try again.' };
  }
  return describe(statusCode, refusal(statusCode, code, url));
}

function describe(
  status: number,
  { code, field, value, expected, remedy }: InputProblem,
  detail = `${field}: expected ${expected}. ${remedy}`,
): ProblemDetails {
  return { ...head(status, code), detail, field, value: shorten(value), expected, remedy };
}

/** What the HTTP layer refuses by itself. */
function refusal(status: number, code: string, url: string): InputProblem {
  if (status === 404 || status === 414 || code === 'FST_ERR_BAD_URL') {
    return {
      ...{ code: 'NoSuchPath', field: 'path', value: url },
      ...{ expected: 'a path of this server', remedy: 'See /openapi.json.' },
    };
  }
  if (status === 415) {
    return {
      ...{ code: 'WrongContentType', field: 'content-type', value: null },
      expected: 'application/json',
      remedy: "Send the header 'content-type: application/json'.",
    };
  }
  return {
    ...{ code: 'InvalidRequest', field: 'body', value: null },
    ...{ expected: 'a JSON document of moderate size', remedy: 'See /openapi.json.' },
  };
}

const head = (status: number, code: string) => ({
  type: `urn:sevenfold:problem:${code}`,
  title: TITLES[status] ?? 'The request failed',
  status,
});

const LONGEST_VALUE = 200;

function shorten(value: unknown): unknown {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  if (text === '') return null;
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : value;
}
