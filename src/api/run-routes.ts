import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { LifecycleClient, RunHandle, RunSummary } from '../client/lifecycle-client.ts';
import { RUN_STATUSES, statusOf } from '../client/lifecycle-client.ts';
import { InputError } from '../errors.ts';
import type { ApiToken } from '../schemas/api-token.ts';
import { LifecycleResult } from '../schemas/run.ts';
import {
  ExtendRequest,
  RerunRequest,
  RunDetails,
  RunItem,
  RunPageResponse,
  type RunStatus,
  StartRunRequest,
} from '../schemas/run-api.ts';
import { failures, RunPath, security } from './openapi-parts.ts';
import { sendEvents } from './run-events.ts';
import type { AskedRun, RunService } from './run-service.ts';

const LONGEST_WAIT_SECONDS = 60;
const Started = z.strictObject({ id: z.string(), runId: z.string() });
const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
});
const location = (id: string) => `/v1/runs/${encodeURIComponent(id)}`;

/** Everything under `/v1/runs`. */
export const runRoutes =
  (client: LifecycleClient, service: RunService): FastifyPluginAsyncZod =>
  async (server) => {
    const read = { config: { scope: 'runs:read' as const } };
    const write = { config: { scope: 'runs:write' as const } };
    const find = async (id: string): Promise<RunHandle> => findRun(client, id);

    server.post('/v1/runs', {
      ...write,
      schema: {
        ...{ operationId: 'startRun', summary: 'Start a run.', security },
        headers: z.object({
          'idempotency-key': z
            .string()
            .regex(/^[\x21-\x7e]{1,200}$/)
            .optional()
            .describe('The same key with the same request gives the run that it started first.'),
        }),
        body: StartRunRequest,
        response: {
          200: json('The run that an earlier request of this key has started', Started),
          201: json('It is started', Started),
          ...failures(400, 401, 403, 413, 415, 422, 429, 503),
        },
      },
      async handler({ body, headers, token }, reply) {
        const started = await service.start(body, token as ApiToken, headers['idempotency-key']);
        return answerStarted(reply, started);
      },
    });

    server.get('/v1/runs', {
      ...read,
      schema: {
        ...{ operationId: 'listRuns', summary: 'List runs, newest first.', security },
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(100).default(20),
          cursor: z
            .string()
            .regex(/^[A-Za-z0-9_-]{1,4000}$/)
            .optional(),
          status: z.enum(RUN_STATUSES).optional(),
        }),
        response: {
          200: json('A page of them', RunPageResponse),
          ...failures(400, 401, 403, 422, 429, 503),
        },
      },
      async handler({ query: { limit, cursor, status } }) {
        const page = await readPage(client, limit, cursor, status);
        return {
          runs: page.runs.map(toItem),
          next: page.next === undefined ? null : Buffer.from(page.next).toString('base64url'),
        };
      },
    });

    server.get('/v1/runs/:id', {
      ...read,
      schema: {
        ...{ operationId: 'getRun', summary: 'Look at a run.', security },
        params: RunPath,
        response: {
          200: json('How it stands', RunDetails),
          ...failures(400, 401, 403, 404, 429, 503),
        },
      },
      async handler({ params }): Promise<RunDetails> {
        const run = await find(params.id);
        const found = await run.describe();
        const requestedBy: unknown = found.memo?.['requestedBy'];
        return {
          ...toItem({
            ...found,
            status: statusOf(found.status),
            closeTime: found.closeTime,
          }),
          requestedBy: typeof requestedBy === 'string' ? requestedBy : null,
          state: await client.state(run),
        };
      },
    });

    server.get('/v1/runs/:id/events', {
      ...read,
      schema: {
        operationId: 'followRun',
        summary: "Follow a run: server-sent events 'state', each a whole RunState, and 'end'.",
        security,
        params: RunPath,
        response: {
          // A stream has no schema as a whole in OpenAPI 3.1.
          200: { description: 'Events', content: { 'text/event-stream': { schema: z.unknown() } } },
          ...failures(400, 401, 403, 404, 429, 503),
        },
      },
      async handler(request, reply) {
        await sendEvents(client, await find(request.params.id), request, reply as FastifyReply);
      },
    });

    server.get('/v1/runs/:id/result', {
      ...read,
      schema: {
        ...{ operationId: 'getResult', summary: "Read a run's result.", security },
        params: RunPath,
        querystring: z.strictObject({
          wait: z.coerce
            .number()
            .int()
            .min(0)
            .max(LONGEST_WAIT_SECONDS)
            .default(0)
            .describe('Seconds to wait for it.'),
        }),
        response: {
          200: json('What the run came to', LifecycleResult),
          ...failures(400, 401, 403, 404, 409, 429, 503),
        },
      },
      async handler({ params, query }): Promise<LifecycleResult> {
        return resultOf(client, await find(params.id), query.wait);
      },
    });

    for (const verb of ['cancel', 'pause', 'resume'] as const) {
      server.post(`/v1/runs/:id/${verb}`, {
        ...write,
        schema: {
          ...{ operationId: `${verb}Run`, summary: SUMMARIES[verb], security },
          params: RunPath,
          response: {
            204: z.undefined().describe('It is told'),
            ...failures(400, 401, 403, 404, 409, 422, 429, 503),
          },
        },
        async handler({ params }, reply) {
          const { workflowId } = await find(params.id);
          await client[verb](workflowId);
          return reply.code(204).send(undefined);
        },
      });
    }

    server.post('/v1/runs/:id/extend', {
      ...write,
      schema: {
        operationId: 'extendRun',
        summary: 'Give a run that goes on larger totals of trials or epochs.',
        security,
        params: RunPath,
        body: ExtendRequest,
        response: {
          204: z.undefined().describe('It is told'),
          ...failures(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
        },
      },
      async handler({ params, body }, reply) {
        const { workflowId } = await find(params.id);
        await client.extend(workflowId, body);
        return reply.code(204).send(undefined);
      },
    });

    server.post('/v1/runs/:id/rerun', {
      ...write,
      schema: {
        operationId: 'rerunRun',
        summary: 'Do a closed run again from a step on.',
        security,
        params: RunPath,
        body: RerunRequest,
        response: {
          201: json('The new run is started', Started),
          ...failures(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
        },
      },
      async handler({ params, body, token }, reply) {
        const run = await find(params.id);
        return answerStarted(reply, await service.rerun(run, body, token as ApiToken));
      },
    });
  };

const SUMMARIES = {
  cancel: 'Cancel a run: what is under way keeps a checkpoint and stops.',
  pause: 'Pause a run at its checkpoints; its slots are free meanwhile.',
  resume: 'Let a paused run go on.',
};

function answerStarted(reply: Pick<FastifyReply, 'code' | 'header'>, started: AskedRun) {
  const { id, runId, isNew } = started;
  reply.code(isNew ? 201 : 200);
  reply.header('location', location(id));
  return { id, runId };
}

/** Only lifecycles: what else runs in the namespace is nobody's business here. */
async function findRun(client: LifecycleClient, id: string): Promise<RunHandle> {
  const run = await client.existing(id);
  if ((await run.describe()).type === 'lifecycle') return run;
  throw new InputError({
    ...{ code: 'RunNotFound', field: 'id', value: id },
    ...{ expected: 'the id of a run', remedy: 'See GET /v1/runs.' },
  });
}

async function readPage(
  client: LifecycleClient,
  size: number,
  cursor: string | undefined,
  status: (typeof RUN_STATUSES)[number] | undefined,
) {
  try {
    return await client.page({
      ...{ size, status },
      cursor: cursor === undefined ? undefined : Buffer.from(cursor, 'base64url'),
    });
  } catch (error) {
    // The server is asked nothing else that could be wrong.
    if (cursor === undefined || (error as { code?: number }).code === UNAVAILABLE) throw error;
    throw new InputError({
      ...{ code: 'InvalidCursor', field: 'cursor', value: cursor },
      ...{ expected: "the 'next' of an earlier page", remedy: 'Begin with the first page.' },
    });
  }
}

/** gRPC's status code for a server that can't be reached. */
const UNAVAILABLE = 14;

function toItem(run: RunSummary): RunItem {
  const { workflowId, runId, status, startTime, closeTime } = run;
  return RunItem.parse({
    ...{ id: workflowId, runId, status: status as z.infer<typeof RunStatus> },
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
  });
}

/** The result, waited for at most so long. */
async function resultOf(
  client: LifecycleClient,
  run: RunHandle,
  waitSeconds: number,
): Promise<LifecycleResult> {
  if ((await run.describe()).status.name !== 'RUNNING') return client.result(run);
  const expired = AbortSignal.timeout(waitSeconds * 1000);
  const { connection } = client.temporal;
  try {
    return await connection.withAbortSignal(expired, () => client.result(run));
  } catch (error) {
    if (!expired.aborted) throw error;
    throw new InputError({
      ...{ code: 'RunNotFinished', field: 'id', value: run.workflowId },
      ...{ expected: 'a run that has ended', remedy: 'Ask again later, or follow its events.' },
    });
  }
}
