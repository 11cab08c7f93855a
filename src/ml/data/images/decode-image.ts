import type sharp from 'sharp';
import type { ImageFacts, ImageSize } from '../../../schemas/image.ts';
import { sideBySide } from './decode-queue.ts';

/** Names of files in the formats that can be decoded. */
export const IMAGE_NAME = /\.(?:png|jpe?g|webp|gif|tiff?|avif)$/i;

/** What an image is looked at by, at most so many pixels wide and high. */
const GLANCE = 64;

/** Larger images are refused: a small file can say that it is a huge one. */
const MOST_PIXELS = 10 ** 8;
const OPTIONS = { failOn: 'error', limitInputPixels: MOST_PIXELS } as const;

let loaded: Promise<typeof sharp> | undefined;

/** Loads it when an image is there: most tables have none. */
const loadSharp = () =>
  (loaded ??= import('sharp').then(({ default: library }) => {
    // Images of a batch are decoded side by side already; what is seen once is not seen again soon.
    library.concurrency(1);
    library.cache(false);
    return library;
  }));

/** Turned as its camera says; what is transparent lies on white; 8 bits a channel. */
const open = async (bytes: Uint8Array) =>
  (await loadSharp())(bytes, OPTIONS).autoOrient().flatten({ background: '#ffffff' });

/** Decodes an image to its end. @throws Error where it is none, or is broken. */
export const inspectImage = (bytes: Uint8Array): Promise<ImageFacts> =>
  sideBySide(() => inspect(bytes));

async function inspect(bytes: Uint8Array): Promise<ImageFacts> {
  const { data, info } = await (await open(bytes))
    .resize(GLANCE, GLANCE, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  let [sum, squares, isGrey] = [0, 0, true];
  for (let i = 0; i < data.length; i += info.channels) {
    for (let c = 0; c < info.channels; c++) {
      const value = data[i + c] as number;
      sum += value;
      squares += value * value;
      isGrey &&= value === data[i];
    }
  }
  // Only what fills the glance may have been made smaller for it.
  const { height, width } =
    Math.max(info.height, info.width) < GLANCE
      ? info
      : (await (await loadSharp())(bytes, OPTIONS).metadata()).autoOrient;
  return { height, width, isGrey, mean: sum / data.length, meanSquare: squares / data.length };
}

/** Values 0 … 255 [height, width, channels] of an image that is stretched to a size. */
export const decodeImage = (bytes: Uint8Array, size: ImageSize): Promise<Uint8Array> =>
  sideBySide(() => decode(bytes, size));

async function decode(
  bytes: Uint8Array,
  { height, width, channels }: ImageSize,
): Promise<Uint8Array> {
  const { data, info } = await (await open(bytes))
    .resize(width, height, { fit: 'fill' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return info.channels === channels ? data : toChannels(data, info.channels, channels);
}

/** Weights of red, green and blue in what is seen as bright (Rec. 601). */
const LUMA = [0.299, 0.587, 0.114] as const;

function toChannels(data: Uint8Array, from: number, to: 1 | 3): Uint8Array {
  const pixels = data.length / from;
  const result = new Uint8Array(pixels * to);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [red = 0, green = red, blue = red] = data.subarray(pixel * from, (pixel + 1) * from);
    if (to === 1) {
      result[pixel] = Math.round(LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue);
    } else {
      result.set([red, green, blue], pixel * to);
    }
  }
  return result;
}
