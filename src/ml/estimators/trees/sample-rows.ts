import { RandomStream } from '../../random.ts';

/** Each row with probability `share`, independently: 1 where it is in the sample, else 0. */
export function sampleRows(rows: number, share: number, seed: number, iteration: number) {
  const random = new RandomStream(seed, 'trees/rows', [iteration]);
  const bound = share * 2 ** 32;
  return Uint8Array.from({ length: rows }, () => (random.uint32() < bound ? 1 : 0));
}

/** As many draws with replacement as there are rows: how often each was drawn (Breiman 1996). */
export function bootstrapRows(rows: number, seed: number, iteration: number): Uint8Array {
  const random = new RandomStream(seed, 'trees/bootstrap', [iteration]);
  const counts = new Uint8Array(rows);
  for (let draw = 0; draw < rows; draw++) {
    const row = random.below(rows);
    counts[row] = (counts[row] as number) + 1;
  }
  return counts;
}
