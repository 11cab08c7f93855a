import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { nativeBackend } from '../../graph/native-backend.ts';
import { hasOneDnn, runOneDnn } from '../../graph/one-dnn.ts';

/** Side of the windows, and how far they stand apart. */
const SIDE = 2;

/** Windows along a dimension; where it is odd, the last one is cut off by the edge. */
export const windowsAlong = (size: number): number => Math.ceil(size / SIDE);

/** Height and width. */
type Sides = readonly [high: number, wide: number];

/** Of the windows on images; none is larger than what it lies on. */
const windowSides = ({ shape: [, height, width] }: Tensor4D): Sides => [
  Math.min(SIDE, height),
  Math.min(SIDE, width),
];

/** What max pooling gave, and the way back. */
export interface Pooling {
  /** The largest value of each window: [batch, windows high, windows wide, channels]. */
  readonly pooled: Tensor4D;
  /**
   * Gradient by what went into pooling, from that by what it gave: all of it flows to the largest
   * value of each window, and to the first of several, row by row.
   */
  gradient(flowing: Tensor4D): Tensor4D;
}

/**
 * Max pooling of images [batch, height, width, channels] by windows that do not overlap. Nothing is
 * rounded: all ways to do it give the same bits.
 */
export function maxPool(tf: TensorFlow, images: Tensor4D): Pooling {
  if (hasOneDnn(tf)) return poolByOneDnn(tf, images);
  const sides = windowSides(images);
  const pooled: Tensor4D = tf.maxPool(images, [...sides], [...sides], 'same');
  return { pooled, gradient: (flowing) => poolGradient(tf, flowing, { images, pooled }) };
}

/** oneDNN notes where each largest value was, so that the way back need not look for it. */
function poolByOneDnn(tf: TensorFlow, images: Tensor4D): Pooling {
  const [high, wide] = windowSides(images);
  const { binding } = nativeBackend(tf);
  const { TF_ATTR_INT: int = 0, TF_ATTR_STRING: string = 0, TF_ATTR_BOOL: bool = 0 } = binding;
  const attributes = [
    { name: 'ksize', type: int, value: [1, high, wide, 1] },
    { name: 'strides', type: int, value: [1, high, wide, 1] },
    { name: 'padding', type: string, value: 'SAME' },
    { name: 'data_format', type: string, value: 'NHWC' },
    { name: 'workspace_enabled', type: bool, value: true },
  ];
  const [pooled, places] = runOneDnn(tf, '_MklNativeMaxPool', [images], attributes, 2) as [
    Tensor4D,
    Tensor1D,
  ];
  return {
    pooled,
    gradient: (flowing) => {
      const inputs = [images, pooled, flowing, places];
      const [gradient] = runOneDnn(tf, '_MklNativeMaxPoolGrad', inputs, attributes);
      return gradient as Tensor4D;
    },
  };
}

interface Pooled {
  readonly images: Tensor4D;
  readonly pooled: Tensor4D;
}

/**
 * TensorFlow's MaxPoolGrad looks for the largest value again, value by value, which takes several
 * times as long as comparing whole arrays.
 */
export function poolGradient(
  tf: TensorFlow,
  gradient: Tensor4D,
  { images, pooled }: Pooled,
): Tensor4D {
  const [high, wide] = windowSides(images);
  const [, height, width, channels] = images.shape;
  const whole = padded(tf, images, missing(height, high), missing(width, wide));
  const [, wholeHeight, wholeWidth] = whole.shape;
  const row = wholeWidth * channels;
  const places = columns(tf, tf.reshape(whole, [-1, high * row]), high).flatMap((rows) =>
    columns(tf, tf.reshape(rows, [-1, wide * channels]), wide),
  );

  const largest: Tensor2D = tf.reshape(pooled, [-1, channels]); // [windows, channels]
  let left: Tensor2D = tf.reshape(gradient, [-1, channels]);
  const flows = places.slice(0, -1).map((place) => {
    const own = tf.mul<Tensor2D>(left, tf.cast(tf.equal(place, largest), 'float32'));
    left = tf.sub(left, own);
    return own;
  });
  flows.push(left);

  const byRows = Array.from({ length: high }, (_, y) =>
    tf.reshape<typeof tf.Rank.R2>(tf.concat(flows.slice(y * wide, (y + 1) * wide), 1), [-1, row]),
  );
  const sizes = [-1, wholeHeight, wholeWidth, channels] as const;
  const flowing: Tensor4D = tf.reshape(tf.concat(byRows, 1), [...sizes]);
  return whole === images ? flowing : tf.slice(flowing, [0, 0, 0, 0], images.shape);
}

/** What a size lacks to be a whole multiple. */
const missing = (size: number, side: number): number => Math.ceil(size / side) * side - size;

/** With rows and columns at the end that never hold the largest value. */
function padded(tf: TensorFlow, images: Tensor4D, rows: number, columns: number): Tensor4D {
  if (rows + columns === 0) return images;
  const edges = [
    [0, 0],
    [0, rows],
    [0, columns],
    [0, 0],
  ] as [number, number][];
  return tf.pad(images, edges, Number.NEGATIVE_INFINITY);
}

/** A matrix cut into so many blocks of equally many columns. */
function columns(tf: TensorFlow, matrix: Tensor2D, count: number): Tensor2D[] {
  if (count === 1) return [matrix];
  const [rows, all] = matrix.shape;
  const size = all / count;
  return Array.from({ length: count }, (_, i) => tf.slice(matrix, [0, i * size], [rows, size]));
}
