import type { ImageSize } from '../../../schemas/image.ts';
import { cellText } from '../cell.ts';
import { decodeImage } from './decode-image.ts';
import { type ImagePlace, imageBytes, NoImage } from './image-bytes.ts';

type RawRecord = Readonly<Record<string, unknown>>;

/** Images that are decoded side by side: what they need of memory is bounded. */
export const SIDE_BY_SIDE = 4;

/** An image in a record: values 0 … 255 [height, width, channels]. */
export class Pixels {
  readonly values: Uint8Array;

  constructor(values: Uint8Array) {
    this.values = values;
  }
}

/** What stands in a record in the place of an image that can't be read. */
export class UnreadableImage {
  /** The cell, cut where it is long. */
  readonly cell: string;
  readonly reason: string;

  constructor(cell: string, reason: string) {
    this.cell = cell.length > 80 ? `${cell.slice(0, 80)}…` : cell;
    this.reason = reason;
  }
}

/** Records with their images decoded, as a transform takes them; missing ones stay missing. */
export async function readImages(
  records: readonly RawRecord[],
  column: string,
  size: ImageSize,
  place: ImagePlace,
): Promise<RawRecord[]> {
  const read: RawRecord[] = [];
  for (let start = 0; start < records.length; start += SIDE_BY_SIDE) {
    const some = records.slice(start, start + SIDE_BY_SIDE).map(async (record) => {
      if (!(column in record)) return record;
      const text = cellText(record[column], new Set());
      const image = text === null ? null : await readImage(text, size, place);
      return { ...record, [column]: image };
    });
    read.push(...(await Promise.all(some)));
  }
  return read;
}

async function readImage(
  cell: string,
  size: ImageSize,
  place: ImagePlace,
): Promise<Pixels | UnreadableImage> {
  try {
    return new Pixels(await decodeImage(await imageBytes(cell, place), size));
  } catch (error) {
    return new UnreadableImage(cell, faultOf(error));
  }
}

/** Why an image can't be read, in one line; errors of the machine are thrown on. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error) || 'code' in error) throw error;
  const [line = ''] = error.message.split('\n');
  return error instanceof NoImage ? line : `no whole image (${line})`;
}
