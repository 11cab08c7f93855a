import { createHash } from 'node:crypto';
import type { ScannedImage } from '../../../schemas/image.ts';
import { cellText } from '../cell.ts';
import type { SourceBatch } from '../source-rows.ts';
import { inspectImage } from './decode-image.ts';
import { imageBytes } from './image-bytes.ts';
import { faultOf, SIDE_BY_SIDE, UnreadableImage } from './read-images.ts';

/** An image as the scan sees it. */
export interface FoundImage {
  readonly image: ScannedImage;
  /** Of its bytes: equal for equal images, whatever they are called. */
  readonly digest: string;
}

/** Looks at the image of each row, in order. */
export async function scanImages(
  { columns, rows, folder }: SourceBatch,
  column: string,
): Promise<FoundImage[]> {
  const index = columns.indexOf(column);
  const found: FoundImage[] = [];
  for (let start = 0; start < rows.length; start += SIDE_BY_SIDE) {
    const some = rows.slice(start, start + SIDE_BY_SIDE);
    found.push(...(await Promise.all(some.map((cells) => scanImage(cells[index], folder)))));
  }
  return found;
}

async function scanImage(cell: unknown, folder: string): Promise<FoundImage> {
  const text = cellText(cell, new Set());
  if (text === null) return { image: { name: '', fault: 'no image is named' }, digest: '' };
  let digest = '';
  try {
    const bytes = await imageBytes(text, { folder, isConfined: false });
    digest = createHash('sha256').update(bytes).digest('hex');
    return { image: await inspectImage(bytes), digest };
  } catch (error) {
    const { cell: name, reason: fault } = new UnreadableImage(text, faultOf(error));
    return { image: { name, fault }, digest };
  }
}
