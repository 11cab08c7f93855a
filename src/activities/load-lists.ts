import { isStoredList } from '../pipelines/stored-list.ts';
import { readJson } from '../stores/json-artifact.ts';
import type { Stores } from './index.ts';

/** A value with the lists in it that lie in the store. */
export async function loadLists<T>(stores: Pick<Stores, 'artifacts'>, value: T): Promise<T> {
  if (typeof value !== 'object' || value === null) return value;
  if (isStoredList(value)) {
    const parts = await Promise.all(
      value.$stored.map(({ artifact }) => readJson(stores.artifacts, artifact)),
    );
    return parts.flat() as T;
  }
  const entries = Object.entries(value).map(async ([key, each]) => [
    key,
    await loadLists(stores, each),
  ]);
  const loaded = (await Promise.all(entries)) as [string, unknown][];
  return (Array.isArray(value) ? loaded.map(([, each]) => each) : Object.fromEntries(loaded)) as T;
}
