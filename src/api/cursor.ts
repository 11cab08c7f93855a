import { createHash } from 'node:crypto';
import { InputError } from '../errors.ts';

const CHECK_BYTES = 6;

/**
 * Where the next page of a list begins, as text. It holds a check of itself and of its list: Temporal
 * takes half a minute to find out that it can't read what is none of its own.
 * @param list what the pages are of: where they lie, and which are asked for
 */
export const writeCursor = (position: Uint8Array, list: string): string =>
  Buffer.concat([checkOf(position, list), position]).toString('base64url');

export function readCursor(text: string, list: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  const position = bytes.subarray(CHECK_BYTES);
  if (checkOf(position, list).equals(bytes.subarray(0, CHECK_BYTES))) return position;
  throw new InputError({
    ...{ code: 'InvalidCursor', field: 'cursor', value: text },
    ...{
      expected: "the 'next' of an earlier page of this list",
      remedy: 'Begin with the first page.',
    },
  });
}

const checkOf = (position: Uint8Array, list: string): Buffer =>
  createHash('sha256').update(`${list}\n`).update(position).digest().subarray(0, CHECK_BYTES);
