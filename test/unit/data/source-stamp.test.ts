import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { canonicalHash } from '../../../src/canonical-json.ts';
import { hashTables } from '../../../src/ml/data/hash-tables.ts';
import { openSource, tablesOf } from '../../../src/ml/data/source-rows.ts';
import { stampSource } from '../../../src/ml/data/source-stamp.ts';
import { parseJob } from '../../../src/schemas/parse-job.ts';
import { barFiles, drawBar, toPng, writeFiles } from '../../support/images.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('stamps');

/** What data is known again by: as it looks from the outside, and by all its bytes. */
async function identityOf(job: unknown) {
  const source = await openSource(parseJob(job));
  return {
    stamp: canonicalHash(await stampSource(source)),
    hash: await hashTables(tablesOf(source), source.imageColumn),
  };
}

/** Its identity is the same at every look, and another one after a change. */
async function expectOtherAfter(job: unknown, change: () => Promise<unknown>): Promise<void> {
  const before = await identityOf(job);
  expect(await identityOf(job)).toEqual(before);
  await change();
  const after = await identityOf(job);
  expect(after.stamp).not.toBe(before.stamp);
  expect(after.hash).not.toBe(before.hash);
}

test('a folder of images is another one when an image is', async () => {
  const data = await writeFiles(join(folder, 'classes'), await barFiles(3));
  await expectOtherAfter({ data, target: 'label' }, async () =>
    writeFiles(data, { 'lying/1.png': await toPng(drawBar('lying', 77)) }),
  );
});

test('a table that names images is another one when an image is', async () => {
  const images = await barFiles(3);
  const rows = Object.keys(images).map((name) => `${name},${name.split('/')[0]}\n`);
  const place = await writeFiles(join(folder, 'named'), {
    ...images,
    'table.csv': `photo,kind\n${rows.join('')}`,
  });
  await expectOtherAfter({ data: join(place, 'table.csv'), target: 'kind' }, async () =>
    writeFiles(place, { 'lying/1.png': await toPng(drawBar('lying', 77)) }),
  );
});

test('many images are hashed without a complaint of Node', async () => {
  const complaints: Error[] = [];
  const complain = (warning: Error) => complaints.push(warning);
  process.on('warning', complain);
  onTestFinished(() => void process.off('warning', complain));
  const data = await writeFiles(join(folder, 'many'), await barFiles(20));
  await identityOf({ data, target: 'label' });
  // A warning is told in a turn of its own.
  await new Promise(setImmediate);
  expect(complaints.map(String)).toEqual([]);
});

test('a table with a test table is another one when the test table is', async () => {
  const [data, other] = [join(folder, 'a.csv'), join(folder, 'b.csv')];
  await writeFile(data, 'x,y\n1,a\n2,b\n');
  await writeFile(other, 'x,y\n3,a\n');
  await expectOtherAfter({ data, target: 'y', split: { kind: 'file', test: other } }, () =>
    writeFile(other, 'x,y\n4,a\n'),
  );
});
