import { z } from 'zod';

/** Form of every image of a data set, as models see it: [height, width, channels], row-major. */
export const ImageSize = z.strictObject({
  height: z.int().positive(),
  width: z.int().positive(),
  /** 1 is grey, 3 is red, green, blue. */
  channels: z.union([z.literal(1), z.literal(3)]),
});
export type ImageSize = z.infer<typeof ImageSize>;

export const valuesIn = ({ height, width, channels }: ImageSize): number =>
  height * width * channels;

export const describeSize = ({ height, width, channels }: ImageSize): string =>
  `${width} × ${height}, ${channels === 1 ? 'grey' : 'colour'}`;

/** What is seen of one image before it is known how large all are to be. */
export const ImageFacts = z.strictObject({
  /** Pixels, as it is to be looked at. */
  height: z.int().positive(),
  width: z.int().positive(),
  /** Red, green and blue are equal in all pixels. */
  isGrey: z.boolean(),
  /** Of its values 0 … 255, and of their squares. */
  mean: z.number(),
  meanSquare: z.number(),
});
export type ImageFacts = z.infer<typeof ImageFacts>;

/** An image that can't be decoded, by what its row names it, and why. */
export const ImageFault = z.strictObject({ name: z.string(), fault: z.string() });
export type ImageFault = z.infer<typeof ImageFault>;

export const ScannedImage = z.union([ImageFacts, ImageFault]);
export type ScannedImage = z.infer<typeof ScannedImage>;

/** What became of the images of a data set. */
export const ImageReport = z.strictObject({
  column: z.string(),
  size: ImageSize,
  /** Left out, the first of them by name. */
  unreadable: z.strictObject({ count: z.int(), first: z.array(ImageFault) }),
  /** Files beside the images that are none, or that belong to no class. */
  strangers: z.strictObject({ count: z.int(), first: z.array(z.string()) }),
});
export type ImageReport = z.infer<typeof ImageReport>;
