import { z } from 'zod';
import { ProblemDetails } from '../schemas/prediction.ts';

/** Workflow ids are texts of any kind; empty ones and control characters are none. */
export const RunPath = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(1_000)
    // Spelled out: not every reader of JSON Schema knows Unicode's classes.
    .regex(/^[ -~\u00a0-\uffff]+$/)
    .describe('Id of the run, percent-encoded: its slashes are %2F.'),
});

export const security = [{ token: [] }];

/** What a token has to allow. */
export const read = { config: { scope: 'runs:read' as const } };
export const write = { config: { scope: 'runs:write' as const } };

export const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
});

const FAILURES = {
  400: 'The request does not fit its schema.',
  401: 'There is no valid token.',
  403: 'The token does not have the scope.',
  404: 'There is no such run.',
  409: 'The run does not stand so that this could be done.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'The request fits its schema, but what it asks for can not be.',
  429: 'There were too many requests of this token.',
  503: 'Temporal does not answer.',
};

/** What else may be answered, each with problem details (RFC 9457). */
export const failures = <Status extends keyof typeof FAILURES>(...statuses: Status[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: FAILURES[status],
        content: { 'application/problem+json': { schema: ProblemDetails } },
      },
    ]),
  ) as Record<
    Status,
    {
      description: string;
      content: { 'application/problem+json': { schema: typeof ProblemDetails } };
    }
  >;

export const Health = z.strictObject({ status: z.literal('ok') });
