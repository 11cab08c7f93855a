import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { pageOfRuns, RUN_STATUSES, type RunSummary } from '../client/list-runs.ts';
import type { RunClient } from '../client/run-client.ts';
import { RUN_KINDS } from '../client/run-kinds.ts';
import { RunItem, RunPageResponse, type RunStatus } from '../schemas/run-api.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { failures, json, read, security } from './openapi-parts.ts';

/** Where runs of a kind lie. */
export const RUN_PATHS = { lifecycle: '/v1/runs', graph: '/v1/pipeline-runs' } as const;
type ServedKind = keyof typeof RUN_PATHS;

/** A list of runs: of all kinds that lie under its path, and elsewhere where it is of several. */
interface RunList {
  readonly base: string;
  readonly operationId: string;
  readonly client: RunClient<unknown, unknown>;
  readonly kinds: readonly [ServedKind, ...ServedKind[]];
}

export const listRoute =
  ({ base, operationId, client, kinds }: RunList): FastifyPluginAsyncZod =>
  async (server) => {
    server.get(base, {
      ...read,
      schema: {
        ...{ operationId, summary: 'List runs, newest first.', security },
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(100).default(20),
          cursor: z
            .string()
            .regex(/^[A-Za-z0-9_-]{1,4000}$/)
            .optional(),
          kind: z.enum(kinds).optional().describe('Default: all of them.'),
          status: z.enum(RUN_STATUSES).optional(),
        }),
        response: {
          200: json('A page of them', RunPageResponse),
          ...failures(400, 401, 403, 422, 429, 503),
        },
      },
      async handler({ query: { limit, cursor, kind, status } }) {
        const list = `${base}?kind=${kind ?? ''}&status=${status ?? ''}`;
        const at = cursor === undefined ? undefined : readCursor(cursor, list);
        const asked = (kind === undefined ? kinds : [kind]).map((name) => RUN_KINDS[name]);
        const page = { size: limit, cursor: at };
        const filter = { kinds: asked, status };
        const { runs, next } = await pageOfRuns(client.temporal, filter, page);
        return {
          runs: runs.map(toItem),
          next: next === undefined ? null : writeCursor(next, list),
        };
      },
    });
  };

/** A run as it is listed. */
export function toItem(run: RunSummary): RunItem {
  const { workflowId, runId, status, startTime, closeTime } = run;
  const kind = run.kind as ServedKind;
  return RunItem.parse({
    ...{ id: workflowId, runId, kind, status: status as z.infer<typeof RunStatus> },
    href: `${RUN_PATHS[kind]}/${encodeURIComponent(workflowId)}`,
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
  });
}
