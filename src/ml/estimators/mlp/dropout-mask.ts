import { RandomStream } from '../../random.ts';

/**
 * Mask of inverted dropout: 0 with probability `rate`, else 1 / (1 − rate), so that expectations
 * hold. It depends on seed, layer and iteration alone, so that a restored training draws the same.
 */
export function dropoutMask(
  count: number,
  rate: number,
  { seed, layer, iteration }: { seed: number; layer: number; iteration: number },
): Float32Array {
  const stream = new RandomStream(seed, 'dropout', [layer, iteration]);
  const kept = 1 / (1 - rate);
  // One word decides on two units: 16 bits each are fine enough for a rate.
  const threshold = Math.round(rate * 2 ** 16);
  const mask = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const word = stream.uint32();
    if ((word & 0xffff) >= threshold) mask[i] = kept;
    if (i + 1 < count && word >>> 16 >= threshold) mask[i + 1] = kept;
  }
  return mask;
}
