import type { FastifyReply, FastifyRequest } from 'fastify';
import { type LifecycleClient, type RunHandle, statusOf } from '../client/lifecycle-client.ts';

/** Proxies close what is silent for longer. */
const KEEP_ALIVE_EVERY_MS = 15_000;

/**
 * A run's progress as server-sent events: `state` with a RunState each time that it changes, and
 * `end` with the run's status. Every event is the whole state, so that a reader who comes back
 * needs none of those that it missed.
 */
export async function sendEvents(
  client: LifecycleClient,
  run: RunHandle,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const gone = new AbortController();
  request.raw.once('close', () => gone.abort());
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'keep-alive',
    'x-accel-buffering': 'no',
  });
  const keepAlive = setInterval(() => raw.write(': still here\n\n'), KEEP_ALIVE_EVERY_MS);
  let id = 0;
  const send = (event: string, data: unknown) =>
    raw.write(`id: ${++id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  try {
    for await (const state of client.progress(run, { signal: gone.signal })) send('state', state);
    if (!gone.signal.aborted) {
      const { status } = await run.describe();
      send('end', { status: statusOf(status) });
    }
  } catch {
    // The answer has begun: all that is left is to break it off, so that the reader comes again.
  } finally {
    clearInterval(keepAlive);
    raw.end();
  }
}
