import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackPlace } from './schemas/callback.ts';

/** Where a callback is delivered, below the address of the HTTP API. */
export const callbackPath = ({ workflowId, runId, step }: CallbackPlace): string =>
  `/v1/callbacks/${[workflowId, runId, step].map(encodeURIComponent).join('/')}`;

/**
 * What lets its holder answer one request of one run, and nothing else: an HMAC of its place, which
 * nobody can guess who does not have the key.
 */
export const callbackToken = (
  key: Uint8Array,
  { workflowId, runId, step }: CallbackPlace,
): string =>
  createHmac('sha256', key)
    .update(`callback/${JSON.stringify([workflowId, runId, step])}`)
    .digest('base64url');

export function isCallbackToken(text: string, key: Uint8Array, place: CallbackPlace): boolean {
  const [given, right] = [Buffer.from(text), Buffer.from(callbackToken(key, place))];
  return given.length === right.length && timingSafeEqual(given, right);
}
