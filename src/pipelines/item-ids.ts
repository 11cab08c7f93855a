import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../canonical-text.ts';
import { valueAt } from './references.ts';

const ID_LENGTH = 12;

/**
 * Names of a fan-out's items by their content, so that an item keeps its name when others come
 * before it. Equal ones are told apart by a count.
 * @param key path in an item that names it
 */
export function itemIds(items: readonly unknown[], key?: string): string[] {
  const seen = new Map<string, number>();
  return items.map((item) => {
    const id = itemId(item, key);
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count === 1 ? id : `${id}.${count}`;
  });
}

function itemId(item: unknown, key: string | undefined): string {
  const found = key === undefined ? undefined : valueAt(item, key.split('.'));
  const name = found?.there === true ? found.value : item;
  const isName =
    typeof name === 'number' || (typeof name === 'string' && /^[\w-]{1,40}$/.test(name));
  if (key !== undefined && isName) return String(name);
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(name ?? null)))).slice(0, ID_LENGTH);
}
