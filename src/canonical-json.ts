import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-text.ts';

export { canonicalJson };

/** SHA-256 of a value's canonical JSON, in hexadecimal. */
export function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
