import type { CnnHyperparameters } from '../../../schemas/hyperparameters.ts';
import { type ImageSize, valuesIn } from '../../../schemas/image.ts';
import { RandomStream } from '../../random.ts';
import type { Batch } from '../../training/training-data.ts';

type Augmentation = Pick<CnnHyperparameters, 'shift' | 'flip'>;

/**
 * Training images as they might have been taken otherwise: moved by whole pixels, the edge being
 * repeated, and mirrored. What is drawn depends on seed, update and place in the batch alone, so
 * that a restored training draws the same. Undefined where nothing is to change.
 */
export function augmentation(
  image: ImageSize,
  { shift, flip }: Augmentation,
  seed: number,
): ((batch: Batch, iteration: number) => Batch) | undefined {
  const [mostX, mostY] = [Math.floor(shift * image.width), Math.floor(shift * image.height)];
  if (mostX === 0 && mostY === 0 && !flip) return undefined;
  const values = valuesIn(image);
  return (batch, iteration) => {
    const stream = new RandomStream(seed, 'augment', [iteration]);
    const { rows, features: given, targets } = batch;
    const width = given.length / rows;
    const features = Float32Array.from(given);
    for (let row = 0; row < rows; row++) {
      const move: Move = {
        right: stream.below(2 * mostX + 1) - mostX,
        down: stream.below(2 * mostY + 1) - mostY,
        mirrored: flip && stream.below(2) === 1,
      };
      const [start, end] = [row * width, row * width + values];
      moveImage(given.subarray(start, end), features.subarray(start, end), image, move);
    }
    return { rows, features, targets };
  };
}

interface Move {
  readonly right: number;
  readonly down: number;
  readonly mirrored: boolean;
}

function moveImage(
  from: Float32Array,
  to: Float32Array,
  { height, width, channels }: ImageSize,
  { right, down, mirrored }: Move,
): void {
  for (let y = 0; y < height; y++) {
    const fromY = within(y - down, height);
    for (let x = 0; x < width; x++) {
      const unmirrored = mirrored ? width - 1 - x : x;
      const source = (fromY * width + within(unmirrored - right, width)) * channels;
      const target = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) to[target + c] = from[source + c] as number;
    }
  }
}

const within = (place: number, size: number): number => Math.min(size - 1, Math.max(0, place));
