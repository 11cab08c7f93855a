import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { PipelineClient } from '../client/pipeline-client.ts';
import type { ApiToken } from '../schemas/api-token.ts';
import { PipelineResult } from '../schemas/pipeline-run.ts';
import {
  ApprovalRequest,
  PipelineRunDetails,
  StartPipelineRunRequest,
} from '../schemas/run-api.ts';
import { listRoute, RUN_PATHS } from './list-route.ts';
import { failures, RunPath, security, write } from './openapi-parts.ts';
import type { PipelineService } from './pipeline-service.ts';
import { startRoute } from './start-route.ts';
import { findRun, watchRoutes } from './watch-routes.ts';

const BASE = RUN_PATHS.graph;

/** Everything under `/v1/pipeline-runs`: runs of graphs. */
export const pipelineRoutes =
  (
    client: PipelineClient,
    service: PipelineService,
    longestStreamMs: number,
  ): FastifyPluginAsyncZod =>
  async (server) => {
    await server.register(
      startRoute({
        ...{ base: BASE, operationId: 'startPipelineRun', summary: 'Start a run of a graph.' },
        body: StartPipelineRunRequest,
        start: (asking) => service.start(asking),
      }),
    );

    await server.register(
      listRoute({ base: BASE, operationId: 'listPipelineRuns', client, kinds: ['graph'] }),
    );

    await server.register(
      watchRoutes({
        ...{ base: BASE, noun: 'PipelineRun', client, longestStreamMs },
        ...{ details: PipelineRunDetails, result: PipelineResult },
      }),
    );

    server.post(`${BASE}/:id/approve`, {
      ...write,
      schema: {
        operationId: 'approvePipelineRun',
        summary: "Answer what a run asks; the token's name says who does.",
        security,
        params: RunPath,
        body: ApprovalRequest,
        response: {
          204: z.undefined().describe('It is told'),
          ...failures(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
        },
      },
      async handler({ params, body, token }, reply) {
        const { workflowId } = await findRun(client, params.id, BASE);
        await client.decide(workflowId, { ...body, by: (token as ApiToken).name });
        return reply.code(204).send(undefined);
      },
    });
  };
