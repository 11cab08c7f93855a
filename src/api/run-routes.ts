import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { LifecycleClient } from '../client/lifecycle-client.ts';
import type { ApiToken } from '../schemas/api-token.ts';
import { LifecycleResult } from '../schemas/run.ts';
import { ExtendRequest, RerunRequest, RunDetails, StartRunRequest } from '../schemas/run-api.ts';
import { answerStarted, Started } from './answer-started.ts';
import { listRoute, RUN_PATHS } from './list-route.ts';
import { failures, json, RunPath, security, write } from './openapi-parts.ts';
import type { RunService } from './run-service.ts';
import { startRoute } from './start-route.ts';
import { findRun, watchRoutes } from './watch-routes.ts';

const BASE = RUN_PATHS.lifecycle;

/** Everything under `/v1/runs`: lifecycles. */
export const runRoutes =
  (client: LifecycleClient, service: RunService, longestStreamMs: number): FastifyPluginAsyncZod =>
  async (server) => {
    await server.register(
      startRoute({
        ...{ base: BASE, operationId: 'startRun', summary: 'Start a run.' },
        body: StartRunRequest,
        start: (asking) => service.start(asking),
      }),
    );

    await server.register(
      listRoute({
        ...{ base: BASE, operationId: 'listRuns', client, kinds: ['lifecycle', 'graph'] },
      }),
    );

    await server.register(
      watchRoutes({
        ...{ base: BASE, noun: 'Run', client, longestStreamMs },
        ...{ details: RunDetails, result: LifecycleResult },
      }),
    );

    server.post(`${BASE}/:id/extend`, {
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
        const { workflowId } = await findRun(client, params.id, BASE);
        await client.extend(workflowId, body);
        return reply.code(204).send(undefined);
      },
    });

    server.post(`${BASE}/:id/rerun`, {
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
        const run = await findRun(client, params.id, BASE);
        return answerStarted(reply, await service.rerun(run, body, token as ApiToken), BASE);
      },
    });
  };
