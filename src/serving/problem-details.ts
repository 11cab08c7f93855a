import { InputError } from '../errors.ts';
import type { ProblemDetails } from '../schemas/prediction.ts';

const TITLES: Record<number, string> = {
  400: 'The request is not right',
  404: 'Not found',
  413: 'The request is too large',
  415: 'The request is not JSON',
  500: 'The server failed',
};

/** What went wrong, for the caller; the inside of a failure stays inside. */
export function problemDetails(error: unknown): ProblemDetails {
  if (error instanceof InputError) {
    const { code, field, value, expected, remedy } = error.problem;
    const status = code === 'ModelNotFound' ? 404 : 400;
    return { ...head(status, code), detail: error.message, field, value, expected, remedy };
  }
  const {
    statusCode = 500,
    code,
    message,
  } = error as { statusCode?: number; code?: string; message?: string };
  return statusCode >= 500
    ? { ...head(500, 'ServerFailure'), detail: 'The request was right; please try again.' }
    : { ...head(statusCode, code ?? 'BadRequest'), detail: message ?? 'The request is not right.' };
}

const head = (status: number, code: string) => ({
  type: `urn:sevenfold:problem:${code}`,
  title: TITLES[status] ?? 'The request failed',
  status,
});
