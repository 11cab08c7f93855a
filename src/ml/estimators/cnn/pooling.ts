import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';

/** Side of the windows, and how far they stand apart. */
const SIDE = 2;

/** Windows along a dimension; where it is odd, the last one is cut off by the edge. */
export const windowsAlong = (size: number): number => Math.ceil(size / SIDE);

/** The largest value of each window: [batch, height, width, channels] to about half the sides. */
export const maxPool = (tf: TensorFlow, images: Tensor4D): Tensor4D =>
  tf.maxPool(images, SIDE, SIDE, 'same');

/**
 * Gradient by what went into max pooling: all of it flows to the largest value of each window, and to
 * the first of several, row by row. TensorFlow's MaxPoolGrad looks for that place again, value by
 * value, which takes several times as long as comparing whole arrays.
 * @param gradient by what pooling gave, `pooled`
 */
export function poolGradient(
  tf: TensorFlow,
  gradient: Tensor4D,
  { images, pooled }: { readonly images: Tensor4D; readonly pooled: Tensor4D },
): Tensor4D {
  const [, height, width, channels] = images.shape;
  const [high, wide] = [Math.min(SIDE, height), Math.min(SIDE, width)];
  const whole = padded(tf, images, height % high, width % wide);
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
