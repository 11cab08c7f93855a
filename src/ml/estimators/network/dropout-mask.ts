import type { BodyScope } from '../../graph/body-scope.ts';
import type { Output } from '../../graph/graph.ts';
import { type } from '../../graph/graph-builder.ts';
import { RandomStream, streamKey } from '../../random.ts';

const PURPOSE = 'dropout';

/** Mask of inverted dropout: a layer's share in what decides it. */
export interface DropoutLayer {
  readonly seed: number;
  readonly layer: number;
  readonly rate: number;
}

/** One word decides on two units: 16 bits each are fine enough for a rate. */
const thresholdOf = (rate: number): number => Math.round(rate * 2 ** 16);

/**
 * 0 with probability `rate`, else 1 / (1 − rate), so that expectations hold. It depends on seed,
 * layer and iteration alone, so that a restored training draws the same.
 */
export function dropoutMask(
  count: number,
  rate: number,
  { seed, layer, iteration }: { seed: number; layer: number; iteration: number },
): Float32Array {
  const stream = new RandomStream(seed, PURPOSE, [layer, iteration]);
  const kept = 1 / (1 - rate);
  const threshold = thresholdOf(rate);
  const mask = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const word = stream.uint32();
    if ((word & 0xffff) >= threshold) mask[i] = kept;
    if (i + 1 < count && word >>> 16 >= threshold) mask[i + 1] = kept;
  }
  return mask;
}

/**
 * The same mask [batch, units] made in a graph, bit for bit: TensorFlow's stateless generator is
 * Philox4x32-10 as well, and takes its key and counter as they are.
 * @param iteration int32 scalar @param batch int32 scalar
 */
export function dropoutMaskInGraph(
  scope: BodyScope,
  { seed, layer, rate }: DropoutLayer,
  units: number,
  { iteration, batch }: { iteration: Output; batch: Output },
): Output {
  const T = type('int32');
  const int = (value: number) => scope.int32([], [value]);
  const binary = (op: string, a: Output, b: Output) => scope.add(op, [a, b], { T });
  const count = binary('Mul', batch, int(units));
  const words = binary('FloorDiv', binary('AddV2', count, int(1)), int(2));
  const bits = drawWords(scope, words, { seed, layer, iteration });
  const low = binary('BitwiseAnd', bits, int(0xffff));
  const high = binary('BitwiseAnd', binary('RightShift', bits, int(16)), int(0xffff));
  const pairs = scope.add('Pack', [low, high], {
    N: { kind: 'int', value: 2 },
    T,
    axis: { kind: 'int', value: 1 },
  });
  const isKept = scope.add('GreaterEqual', [pairs, int(thresholdOf(rate))], { T });
  const ones = scope.add('Cast', [isKept], {
    SrcT: type('bool'),
    DstT: type('float32'),
    Truncate: { kind: 'bool', value: false },
  });
  const kept = { dtype: 'float32', shape: [], values: Float32Array.of(1 / (1 - rate)) } as const;
  const scaled = scope.add('Mul', [ones, scope.constant(kept)], { T: type('float32') });
  const flat = scope.add('Reshape', [scaled, scope.int32([1], [-1])], {
    T: type('float32'),
    Tshape: T,
  });
  const list = { N: { kind: 'int', value: 1 }, T, axis: { kind: 'int', value: 0 } } as const;
  const size = scope.add('Pack', [count], list);
  // The last word of an odd number of units decides on one more than there are.
  const cut = scope.add('Slice', [flat, scope.int32([1], [0]), size], {
    T: type('float32'),
    Index: T,
  });
  return scope.add('Reshape', [cut, scope.int32([2], [-1, units])], {
    T: type('float32'),
    Tshape: T,
  });
}

/** As many words of the stream (seed, 'dropout', [layer, iteration]), as int32. */
function drawWords(
  scope: BodyScope,
  words: Output,
  { seed, layer, iteration }: { seed: number; layer: number; iteration: Output },
): Output {
  const T = type('int32');
  const list = (parts: readonly Output[]) =>
    scope.add('Pack', parts, {
      N: { kind: 'int', value: parts.length },
      T,
      axis: { kind: 'int', value: 0 },
    });
  const toUint64 = (pairs: Output) => scope.add('Bitcast', [pairs], { T, type: type('uint64') });
  const key = toUint64(scope.int32([1, 2], streamKey(seed, PURPOSE)));
  // Counter: number of the block (64 bits), then the stream's two indices (32 bits each).
  const block = scope.int32([2], [0, 0]);
  const indices = list([scope.int32([], [layer]), iteration]);
  const counter = toUint64(list([block, indices]));
  const philox = scope.int32([], [1]);
  return scope.add('StatelessRandomUniformFullIntV2', [list([words]), key, counter, philox], {
    dtype: T,
    Tshape: T,
  });
}
