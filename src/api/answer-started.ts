import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { AskedRun } from './start-once.ts';

/** What whoever asks for a run is told. */
export const Started = z.strictObject({ id: z.string(), runId: z.string() });

export const StartHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .optional()
    .describe('The same key with the same request gives the run that it started first.'),
});

/** @param base where runs of its kind lie: `/v1/runs` */
export function answerStarted(
  reply: Pick<FastifyReply, 'code' | 'header'>,
  { id, runId, isNew }: AskedRun,
  base: string,
) {
  reply.code(isNew ? 201 : 200);
  reply.header('location', `${base}/${encodeURIComponent(id)}`);
  return { id, runId };
}
