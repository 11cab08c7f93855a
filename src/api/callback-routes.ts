import type { Client } from '@temporalio/client';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isCallbackToken } from '../callbacks.ts';
import { deliverCallback } from '../client/deliver-callback.ts';
import { InputError } from '../errors.ts';
import type { CallbackPlace } from '../schemas/callback.ts';
import { webhookKey } from '../stores/webhook-key.ts';
import { failures, RunPath } from './openapi-parts.ts';

const PlacePath = z.strictObject({
  workflowId: RunPath.shape.id.describe('Id of the workflow that waits, percent-encoded.'),
  runId: z
    .string()
    .regex(/^[0-9a-f-]{1,64}$/)
    .describe('Its first run.'),
  step: RunPath.shape.id.describe('Name of the step in it, percent-encoded.'),
});

/** Where other systems deliver what steps have asked them for. */
export const callbackRoutes =
  ({ client, home }: { readonly client: Client; readonly home: string }): FastifyPluginAsyncZod =>
  async (server) => {
    server.post('/v1/callbacks/:workflowId/:runId/:step', {
      schema: {
        operationId: 'deliverCallback',
        summary:
          'Deliver the outputs of a step that waits for them; the same again is answered the same.',
        security: [{ callback: [] }],
        params: PlacePath,
        body: z.record(z.string(), z.unknown()).describe('The outputs by name.'),
        response: {
          204: z.undefined().describe('The step has them'),
          ...failures(400, 401, 404, 409, 413, 415, 422, 429, 503),
        },
      },
      // Before anything else is said of the request.
      onRequest: (request) => checkToken(request, home),
      async handler({ params, body }, reply) {
        await deliverCallback(client, params, body);
        return reply.code(204).send(undefined);
      },
    });
  };

async function checkToken(request: FastifyRequest, home: string): Promise<void> {
  const place = request.params as CallbackPlace;
  const [, text = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (isCallbackToken(text, await webhookKey(home), place)) return;
  throw new InputError({
    ...{ code: 'NoToken', field: 'authorization', value: null },
    expected: "'Bearer' and the token that came with the request for these outputs",
    remedy: 'Take its headers sevenfold-callback-url and sevenfold-callback-token together.',
  });
}
