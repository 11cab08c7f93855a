import type { ArtifactRef } from '../schemas/artifact.ts';

/** A list too long for a message: its parts lie in the store, and whoever does a step reads them. */
export interface StoredList {
  readonly $stored: readonly { readonly artifact: ArtifactRef; readonly count: number }[];
}

export const isStoredList = (value: unknown): value is StoredList =>
  typeof value === 'object' && value !== null && '$stored' in value;

/** Lists one after another; one that lies in the store can't stand among others that do not. */
export function concatLists(parts: readonly unknown[]): unknown {
  if (parts.some(isStoredList)) {
    return { $stored: parts.flatMap((part) => (isStoredList(part) ? part.$stored : [])) };
  }
  return parts.flat();
}
