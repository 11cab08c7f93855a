import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { RandomStream } from '../../src/ml/random.ts';

export interface DrawnImage {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** [height, width, channels] */
  readonly values: Uint8Array;
}

/** A bright bar on a dark ground, that stands or lies; noise makes each image another. */
export function drawBar(
  kind: 'standing' | 'lying',
  seed: number,
  { height = 8, width = 8, channels = 1 }: Partial<Omit<DrawnImage, 'values'>> = {},
): DrawnImage {
  const random = new RandomStream(seed, 'test-image');
  const place = 2 + random.below((kind === 'standing' ? width : height) - 4);
  const values = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isBar = (kind === 'standing' ? x : y) === place;
      for (let c = 0; c < channels; c++) {
        const value = (isBar ? 180 : 10) + random.below(60);
        values[(y * width + x) * channels + c] = c === 0 ? value : value >> c;
      }
    }
  }
  return { height, width, channels, values };
}

export const toPng = ({ height, width, channels, values }: DrawnImage): Promise<Buffer> =>
  sharp(values, { raw: { height, width, channels } }).png().toBuffer();

/** Writes files by their names, relative to a folder; gives the folder. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<string> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

/** PNG files of bars, as many of each class: `lying/3.png`. */
export async function barFiles(
  each: number,
  form: Parameters<typeof drawBar>[2] = {},
): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for (let i = 0; i < each; i++) {
    files[`lying/${i}.png`] = await toPng(drawBar('lying', i, form));
    files[`standing/${i}.png`] = await toPng(drawBar('standing', i, form));
  }
  return files;
}
