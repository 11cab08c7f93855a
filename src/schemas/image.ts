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
