import { InputError, type InputProblem } from '../errors.ts';
import type { ProblemDetails } from '../schemas/prediction.ts';

const TITLES: Record<number, string> = {
  400: 'The request is not right',
  404: 'Not found',
  413: 'The request is too large',
  414: 'The path is too long',
  415: 'The request is not JSON',
  500: 'The server failed',
};
/** Of a request's body. */
export const LARGEST_BODY_MIB = 32;
/** A value is shown, but a large one not at length. */
const LONGEST_VALUE = 200;

/** What was asked, as far as refusals quote it. */
export interface Asked {
  readonly url: string;
  readonly contentType: string | undefined;
}

/** What went wrong, for the caller; the inside of a failure stays inside. */
export function problemDetails(error: unknown, asked: Asked): ProblemDetails {
  if (error instanceof InputError) {
    return describe(error.problem.code === 'ModelNotFound' ? 404 : 400, error);
  }
  const { statusCode = 500, code = '' } = error as { statusCode?: number; code?: string };
  if (statusCode < 500) {
    return describe(statusCode, new InputError(refusal(statusCode, code, asked)));
  }
  return { ...head(500, 'ServerFailure'), detail: 'The request was right; please try again.' };
}

function describe(status: number, { message, problem }: InputError): ProblemDetails {
  const { code, field, value, expected, remedy } = problem;
  return { ...head(status, code), detail: message, field, value: shorten(value), expected, remedy };
}

/** What the HTTP layer refuses by itself, told like every other fault of a request. */
function refusal(status: number, code: string, { url, contentType }: Asked): InputProblem {
  if (status === 413) {
    return {
      ...{ code: 'BodyTooLarge', field: 'body', value: 'a larger one' },
      ...{ expected: `at most ${LARGEST_BODY_MIB} MiB`, remedy: 'Send fewer records at a time.' },
    };
  }
  if (status === 415) {
    return {
      ...{ code: 'WrongContentType', field: 'content-type', value: contentType },
      expected: 'application/json',
      remedy: "Send the header 'content-type: application/json'.",
    };
  }
  if (status === 404 || status === 414 || code === 'FST_ERR_BAD_URL') {
    return {
      ...{ code: 'NoSuchPath', field: 'path', value: url },
      ...{ expected: 'a path of this server', remedy: 'See /openapi.json.' },
    };
  }
  return {
    ...{ code: 'InvalidRequest', field: 'body', value: 'something else' },
    ...{ expected: 'a JSON document', remedy: 'Send {"instances": [{"column": value, …}]}.' },
  };
}

const head = (status: number, code: string) => ({
  type: `urn:sevenfold:problem:${code}`,
  title: TITLES[status] ?? 'The request failed',
  status,
});

function shorten(value: unknown): unknown {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : value;
}
