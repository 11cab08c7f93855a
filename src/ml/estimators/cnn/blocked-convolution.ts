import type { Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { plainFilterGradient } from './convolution.ts';
import type { PooledConvolution } from './pooled-convolution.ts';
import { maxPool, type Sides, windowSides } from './pooling.ts';

/** Channels up to which blocks are worth it: with more, products over a pixel's take no longer. */
const FEW_CHANNELS = 4;

/** Whether images are of few channels, and cut into whole pooling windows. */
export function fallIntoBlocks(images: Tensor4D): boolean {
  const [, height, width, channels] = images.shape;
  const [high, wide] = windowSides(images);
  return channels <= FEW_CHANNELS && height % high === 0 && width % wide === 0;
}

/**
 * Convolution and max pooling of images of few channels in one: the pixels of each pooling window
 * become channels, and each place in a window has filters of its own, which are the kernel moved to
 * that place, among zeros. Products over so many channels take less time than products over those of
 * a pixel, and far fewer values are copied for them.
 */
export function convolveBlocks(
  tf: TensorFlow,
  images: Tensor4D,
  kernel: Tensor4D,
): PooledConvolution {
  const filters = kernel.shape[3];
  const sides = windowSides(images);
  const size = { sides, blocks: blocksOver(kernel, sides), kernel: kernel.shape };
  const blocks = toBlocks(tf, images, size);
  const moved = moveKernel(tf, kernel, size);
  const convolved = tf.conv2d(blocks, moved, 1, 'valid');
  const [, high, wide, outputs] = convolved.shape; // places · filters
  // A window's places one below the other, pooled by windows of one column.
  const places: Tensor4D = tf.reshape(convolved, [-1, outputs / filters, 1, filters]);
  const pooling = maxPool(tf, places, [outputs / filters, 1]);
  return {
    pooled: tf.reshape(pooling.pooled, [-1, high, wide, filters]),
    back(flowing) {
      const byPlaces = pooling.gradient(tf.reshape(flowing, [-1, 1, 1, filters]));
      const byConvolved: Tensor4D = tf.reshape(byPlaces, [-1, high, wide, outputs]);
      const byMoved = plainFilterGradient(tf, blocks, byConvolved, moved, 'valid');
      return { byKernel: gatherKernel(tf, byMoved, size) };
    },
  };
}

interface BlockSizes {
  readonly sides: Sides;
  /** Blocks that the filters of a window reach over. */
  readonly blocks: Sides;
  readonly kernel: readonly [height: number, width: number, channels: number, filters: number];
}

const blocksOver = ({ shape: [height, width] }: Tensor4D, [high, wide]: Sides): Sides => [
  Math.ceil((height + high - 1) / high),
  Math.ceil((width + wide - 1) / wide),
];

/** [batch, blocks high, blocks wide, pixels · channels], with zeros around the images. */
function toBlocks(tf: TensorFlow, images: Tensor4D, { sides, blocks, kernel }: BlockSizes) {
  const [, height, width, channels] = images.shape;
  const [high, wide] = sides;
  const edge = (axis: 0 | 1): [number, number] => {
    const before = Math.floor((kernel[axis] - 1) / 2);
    return [before, sides[axis] * (blocks[axis] - 1) - before];
  };
  const padded = tf.pad(images, [[0, 0], edge(0), edge(1), [0, 0]]);
  const [rows, columns] = [height / high + blocks[0] - 1, width / wide + blocks[1] - 1];
  const cut = tf.reshape(padded, [-1, rows, high, columns, wide * channels]);
  const turned = tf.transpose(cut, [0, 1, 3, 2, 4]);
  return tf.reshape<typeof tf.Rank.R4>(turned, [-1, rows, columns, high * wide * channels]);
}

/** The kernel at each place of a window: [blocks high, blocks wide, pixels · channels, places · filters]. */
function moveKernel(tf: TensorFlow, kernel: Tensor4D, size: BlockSizes): Tensor4D {
  const { sides, blocks } = size;
  const [height, width, channels, filters] = size.kernel;
  const [high, wide] = sides;
  const room = [high * blocks[0] - height, wide * blocks[1] - width] as const;
  const moved = places(sides).map(([y, x]) =>
    tf.pad(kernel, [
      [y, room[0] - y],
      [x, room[1] - x],
      [0, 0],
      [0, 0],
    ]),
  );
  const outputs = moved.length * filters;
  const cut = tf.reshape(tf.concat(moved, 3), [
    blocks[0],
    high,
    blocks[1],
    wide * channels,
    outputs,
  ]);
  const turned = tf.transpose(cut, [0, 2, 1, 3, 4]);
  return tf.reshape(turned, [...blocks, high * wide * channels, outputs]);
}

/** The sum of what the kernel's copies got: [height, width, channels, filters]. */
function gatherKernel(tf: TensorFlow, gradient: Tensor4D, size: BlockSizes): Tensor4D {
  const { sides, blocks, kernel } = size;
  const [, , channels, filters] = kernel;
  const [high, wide] = sides;
  const outputs = high * wide * filters;
  const cut = tf.reshape(gradient, [blocks[0], blocks[1], high, wide * channels, outputs]);
  const [rows, columns] = [high * blocks[0], wide * blocks[1]];
  const whole = tf.reshape(tf.transpose(cut, [0, 2, 1, 3, 4]), [rows, columns, channels, outputs]);
  const own = places(sides).map(([y, x], i) =>
    tf.slice<typeof tf.Rank.R4, Tensor4D>(whole as Tensor4D, [y, x, 0, i * filters], [...kernel]),
  );
  return tf.addN(own);
}

/** Places in a window, row by row. */
const places = ([high, wide]: Sides): Sides[] =>
  Array.from({ length: high * wide }, (_, i) => [Math.floor(i / wide), i % wide]);
