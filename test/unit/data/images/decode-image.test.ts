import sharp from 'sharp';
import { expect, test } from 'vitest';
import { inspectImage } from '../../../../src/ml/data/images/decode-image.ts';
import { drawBar, toPng } from '../../../support/images.ts';

const TURNS = 150;

test('what is said of a broken image does not depend on those decoded beside it', async () => {
  const size = { height: 200, width: 200 };
  const photo = await sharp(drawBar('lying', 7, size).values, { raw: { ...size, channels: 1 } })
    .jpeg()
    .toBuffer();
  const cut = photo.subarray(0, 1500);
  const whole = await toPng(drawBar('lying', 1));
  const said = new Set<string>();
  for (let turn = 0; turn < TURNS; turn++) {
    const beside = [cut, whole, Buffer.from('I am no image.'), cut].map(inspectImage);
    const ends = await Promise.allSettled(beside);
    said.add(
      ends
        .map((end) => (end.status === 'rejected' ? (end.reason as Error).message : 'whole'))
        .map((text) => text.split('\n')[0])
        .join('; '),
    );
  }
  expect([...said]).toEqual([
    'VipsJpeg: premature end of JPEG image; whole; Input buffer contains unsupported image format; ' +
      'VipsJpeg: premature end of JPEG image',
  ]);
});
