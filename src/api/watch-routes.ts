import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { statusOf } from '../client/list-runs.ts';
import type { RunClient, RunHandle } from '../client/run-client.ts';
import { InputError } from '../errors.ts';
import { toItem } from './list-route.ts';
import { failures, json, RunPath, read, security, write } from './openapi-parts.ts';
import { sendEvents } from './run-events.ts';

const LONGEST_WAIT_SECONDS = 60;

/** One kind of run, as its paths speak of it. */
export interface WatchedRuns<State, Result> {
  /** Where they lie: `/v1/runs`. */
  readonly base: string;
  /** In the names of operations: `Run`, `PipelineRun`. */
  readonly noun: string;
  readonly client: RunClient<State, Result>;
  /** How long one stream of events may last. */
  readonly longestStreamMs: number;
  readonly details: z.ZodType;
  readonly result: z.ZodType;
}

/** What can be done with a run of any kind: look at, follow, read, cancel, pause, resume. */
export const watchRoutes =
  <State, Result>(runs: WatchedRuns<State, Result>): FastifyPluginAsyncZod =>
  async (server) => {
    const { base, noun, client } = runs;
    const find = (id: string): Promise<RunHandle> => findRun(client, id, base);

    server.get(`${base}/:id`, {
      ...read,
      schema: {
        ...{ operationId: `get${noun}`, summary: 'Look at a run.', security },
        params: RunPath,
        response: {
          200: json('How it stands', runs.details),
          ...failures(400, 401, 403, 404, 429, 503),
        },
      },
      async handler({ params }) {
        const run = await find(params.id);
        const found = await run.describe();
        const requestedBy: unknown = found.memo?.['requestedBy'];
        return {
          ...toItem({
            ...{ workflowId: found.workflowId, runId: found.runId, kind: client.kind.name },
            ...{ status: statusOf(found.status), startTime: found.startTime },
            closeTime: found.closeTime,
          }),
          requestedBy: typeof requestedBy === 'string' ? requestedBy : null,
          state: await client.state(run),
        };
      },
    });

    server.get(`${base}/:id/events`, {
      ...read,
      schema: {
        operationId: `follow${noun}`,
        summary: "Follow a run: server-sent events 'state', each a whole state, and 'end'.",
        security,
        params: RunPath,
        response: {
          // A stream has no schema as a whole in OpenAPI 3.1.
          200: { description: 'Events', content: { 'text/event-stream': { schema: z.unknown() } } },
          ...failures(400, 401, 403, 404, 429, 503),
        },
      },
      async handler(request, reply) {
        const run = await find(request.params.id);
        await sendEvents(client, run, request, reply as FastifyReply, runs.longestStreamMs);
      },
    });

    server.get(`${base}/:id/result`, {
      ...read,
      schema: {
        ...{ operationId: `get${noun}Result`, summary: "Read a run's result.", security },
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
          200: json('What the run came to', runs.result),
          ...failures(400, 401, 403, 404, 409, 429, 503),
        },
      },
      async handler({ params, query }) {
        return resultOf(client, await find(params.id), query.wait);
      },
    });

    for (const verb of ['cancel', 'pause', 'resume'] as const) {
      server.post(`${base}/:id/${verb}`, {
        ...write,
        schema: {
          ...{ operationId: `${verb}${noun}`, summary: SUMMARIES[verb], security },
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
  };

const SUMMARIES = {
  cancel: 'Cancel a run: what is under way keeps a checkpoint and stops.',
  pause: 'Pause a run at its checkpoints; its slots are free meanwhile.',
  resume: 'Let a paused run go on.',
};

/** Only runs of the client's kind: what else runs in the namespace is nobody's business here. */
export async function findRun(
  client: RunClient<unknown, unknown>,
  id: string,
  base: string,
): Promise<RunHandle> {
  const { handle, kind } = await client.find(id);
  if (kind === client.kind) return handle;
  throw new InputError({
    ...{ code: 'RunNotFound', field: 'id', value: id },
    ...{ expected: 'the id of a run', remedy: `See GET ${base}.` },
  });
}

/** The result, waited for at most so long. */
async function resultOf<Result>(
  client: RunClient<unknown, Result>,
  run: RunHandle,
  waitSeconds: number,
): Promise<Result> {
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
