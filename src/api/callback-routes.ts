import type { Client } from '@temporalio/client';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isCallbackToken } from '../callbacks.ts';
import { deliverCallback } from '../client/deliver-callback.ts';
import { InputError } from '../errors.ts';
import { type CallbackPlace, CallFailure } from '../schemas/callback.ts';
import { webhookKey } from '../stores/webhook-key.ts';
import { failures, RunPath } from './openapi-parts.ts';

const PATH = '/v1/callbacks/:workflowId/:runId/:step/:attempt';
const PlacePath = z.strictObject({
  workflowId: RunPath.shape.id.describe('Id of the workflow that waits, percent-encoded.'),
  runId: z
    .string()
    .regex(/^[0-9a-f-]{1,64}$/)
    .describe('Its first run.'),
  step: RunPath.shape.id.describe('Name of the step in it, percent-encoded.'),
  attempt: z
    .string()
    .regex(/^[1-9]\d{0,3}$/)
    .transform(Number)
    .describe('Which attempt at it, from 1.'),
});

/** Where other systems deliver what steps have asked them for. */
export const callbackRoutes =
  ({ client, home }: { readonly client: Client; readonly home: string }): FastifyPluginAsyncZod =>
  async (server) => {
    const common = {
      security: [{ callback: [] }],
      params: PlacePath,
      response: {
        204: z.undefined().describe('The step has it'),
        ...failures(400, 401, 404, 409, 413, 415, 422, 429, 503),
      },
    };
    // Before anything else is said of the request.
    const onRequest = (request: FastifyRequest) => checkToken(request, home);

    server.post(PATH, {
      onRequest,
      schema: {
        ...common,
        operationId: 'deliverCallback',
        summary:
          'Deliver the outputs of a step that waits for them; the same again is answered the same.',
        body: z.record(z.string(), z.unknown()).describe('The outputs by name.'),
      },
      async handler({ params, body }, reply) {
        await deliverCallback(client, params, { outputs: body });
        return reply.code(204).send(undefined);
      },
    });

    server.post(`${PATH}/failure`, {
      onRequest,
      schema: {
        ...common,
        operationId: 'failCallback',
        summary:
          'Say that a step which waits gets no outputs: it fails at once, or is asked for anew where that may do.',
        body: CallFailure,
      },
      async handler({ params, body }, reply) {
        await deliverCallback(client, params, { failure: body });
        return reply.code(204).send(undefined);
      },
    });
  };

async function checkToken(request: FastifyRequest, home: string): Promise<void> {
  // Not read yet: the attempt is text here.
  const place = request.params as CallbackPlace;
  const [, text = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (isCallbackToken(text, await webhookKey(home), place)) return;
  throw new InputError({
    ...{ code: 'NoToken', field: 'authorization', value: null },
    expected: "'Bearer' and the token that came with the request for these outputs",
    remedy: 'Take its headers sevenfold-callback-url and sevenfold-callback-token together.',
  });
}
