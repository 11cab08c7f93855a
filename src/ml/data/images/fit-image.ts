import type { ImageFacts, ScannedImage } from '../../../schemas/image.ts';
import { describeSize, type ImageSize } from '../../../schemas/image.ts';
import type { Job } from '../../../schemas/job.ts';
import type { Decision } from '../../../schemas/problem.ts';
import type { TransformOperation } from '../../../schemas/transform.ts';

type ImageOperation = Extract<TransformOperation, { kind: 'image' }>;

/** How images are brought to one form, fitted on the training rows. */
export interface FittedImage {
  readonly operation: ImageOperation;
  /** What models get of it, in words. */
  readonly action: string;
  readonly decision: Decision;
}

/** @param images of the training rows */
export function fitImage(
  column: string,
  images: readonly ScannedImage[],
  { images: wanted, normalise }: Job['preprocess'],
): FittedImage {
  const facts = images.filter((image): image is ImageFacts => !('fault' in image));
  const { size, reason } = chooseSize(facts, wanted.longestSide);
  const grey = chooseChannels(facts, wanted.colour);
  const full: ImageSize = { ...size, channels: grey.channels };
  const scaling = fitScale(facts, normalise);
  const words = describeSize(full);
  return {
    operation: { kind: 'image', column, ...full, ...scaling },
    action: `decoded to ${words}; values ${show(scaling.shift)} … ${show(scaling.shift + scaling.scale)} to 0 … 1`,
    decision: { field: 'preprocess.images', value: words, reason: `${reason}; ${grey.reason}` },
  };
}

/** As the images are, if they are all alike and small enough; else the median, made smaller. */
function chooseSize(facts: readonly ImageFacts[], longestSide: number) {
  const height = median(facts.map((image) => image.height));
  const width = median(facts.map((image) => image.width));
  const areAlike = facts.every((image) => image.height === height && image.width === width);
  const scale = Math.min(1, longestSide / Math.max(height, width));
  const scaled = (side: number) => Math.max(1, Math.round(side * scale));
  const found = areAlike
    ? `all training images are ${width} × ${height}`
    : `the median training image is ${width} × ${height}`;
  return {
    size: { height: scaled(height), width: scaled(width) },
    reason: scale < 1 ? `${found}, and the longest side is to be ${longestSide}` : found,
  };
}

function chooseChannels(
  facts: readonly ImageFacts[],
  colour: Job['preprocess']['images']['colour'],
): { channels: 1 | 3; reason: string } {
  if (colour !== 'auto') {
    return { channels: colour === 'grey' ? 1 : 3, reason: 'colour is as the job says' };
  }
  const coloured = facts.filter(({ isGrey }) => !isGrey).length;
  return coloured === 0
    ? { channels: 1, reason: 'none of them has colours' }
    : { channels: 3, reason: `${coloured} of ${facts.length} have colours` };
}

/** Over all values of all images, each image counting alike. */
function fitScale(facts: readonly ImageFacts[], normalise: Job['preprocess']['normalise']) {
  if (normalise === 'none') return { shift: 0, scale: 1 };
  if (normalise === 'minmax') return { shift: 0, scale: 255 };
  let [mean, meanSquare] = [0, 0];
  for (const image of facts) {
    mean += image.mean / facts.length;
    meanSquare += image.meanSquare / facts.length;
  }
  const deviation = Math.sqrt(Math.max(0, meanSquare - mean ** 2));
  return { shift: mean, scale: deviation > 0 ? deviation : 1 };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 1;
}

const show = (value: number): string => String(Math.round(value));
