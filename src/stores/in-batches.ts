/** Reads under way at once: enough for a bucket's latency, few enough for open files. */
const BATCH = 32;

/** Maps items, a batch at a time; the results are in the items' order. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += BATCH) {
    results.push(...(await Promise.all(items.slice(first, first + BATCH).map(map))));
  }
  return results;
}
