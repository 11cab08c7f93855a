import type { FastifyReply, FastifyRequest } from 'fastify';
import { statusOf } from '../client/list-runs.ts';
import type { RunClient, RunHandle } from '../client/run-client.ts';

/** Proxies close what is silent for longer. */
const KEEP_ALIVE_EVERY_MS = 15_000;

/**
 * A run's progress as server-sent events: `state` with its state each time that it changes, and
 * `end` with the run's status. Every event is the whole state, so that a reader who comes back
 * needs none of those that it missed. After `longestMs` the stream breaks off, and the reader comes
 * again, so that a token which is no longer valid shows nothing any more.
 */
export async function sendEvents(
  client: RunClient<unknown, unknown>,
  run: RunHandle,
  request: FastifyRequest,
  reply: FastifyReply,
  longestMs: number,
): Promise<void> {
  const gone = new AbortController();
  request.raw.once('close', () => gone.abort());
  const bound = setTimeout(() => gone.abort(), longestMs);
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
    clearTimeout(bound);
    clearInterval(keepAlive);
    raw.end();
  }
}
