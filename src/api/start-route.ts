import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { ApiToken } from '../schemas/api-token.ts';
import { answerStarted, Started, StartHeaders } from './answer-started.ts';
import { failures, json, security, write } from './openapi-parts.ts';
import type { AskedRun, Asking } from './start-once.ts';

/** How runs of one kind are asked for. */
interface StartedRuns<Request extends Asking['request']> {
  /** Where they lie: `/v1/runs`. */
  readonly base: string;
  readonly operationId: string;
  readonly summary: string;
  readonly body: z.ZodType<Request>;
  start(asking: Asking & { readonly request: Request }): Promise<AskedRun>;
}

/** Starts a run; the same idempotency key gives the run that it started first. */
export const startRoute =
  <Request extends Asking['request']>({
    base,
    operationId,
    summary,
    body,
    start,
  }: StartedRuns<Request>): FastifyPluginAsyncZod =>
  async (server) => {
    server.post(base, {
      ...write,
      schema: {
        ...{ operationId, summary, security },
        headers: StartHeaders,
        body,
        response: {
          200: json('The run that an earlier request of this key has started', Started),
          201: json('It is started', Started),
          ...failures(400, 401, 403, 413, 415, 422, 429, 503),
        },
      },
      async handler({ body: request, headers, token }, reply) {
        const idempotencyKey = headers['idempotency-key'];
        const asking = { request: request as Request, token: token as ApiToken, idempotencyKey };
        return answerStarted(reply, await start(asking), base);
      },
    });
  };
