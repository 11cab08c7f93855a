import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackPlace } from './schemas/callback.ts';

/** Where a callback is delivered, below the address of the HTTP API. */
export const callbackPath = (place: CallbackPlace): string =>
  `/v1/callbacks/${partsOf(place).map(encodeURIComponent).join('/')}`;

/**
 * What lets its holder answer one attempt at one step of one run, and nothing else: an HMAC of its
 * place, which nobody can guess who does not have the key.
 */
export const callbackToken = (key: Uint8Array, place: CallbackPlace): string =>
  createHmac('sha256', key)
    .update(`callback/${JSON.stringify(partsOf(place))}`)
    .digest('base64url');

const partsOf = ({ workflowId, runId, step, attempt }: CallbackPlace): string[] => [
  ...[workflowId, runId, step, String(attempt)],
];

export function isCallbackToken(text: string, key: Uint8Array, place: CallbackPlace): boolean {
  const [given, right] = [Buffer.from(text), Buffer.from(callbackToken(key, place))];
  return given.length === right.length && timingSafeEqual(given, right);
}
