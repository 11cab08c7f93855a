import { mkdtemp, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { FittedTransform } from '../../../../src/ml/data/fitted-transform.ts';
import { prepareData } from '../../../../src/ml/data/prepare.ts';
import { CheckpointLog } from '../../../../src/stores/checkpoint-log.ts';
import { openStores } from '../../../../src/stores/index.ts';
import { fingerprint } from '../../../contract/checkpoint-log-contract.ts';
import { collect } from '../../../support/collect.ts';
import { barFiles, drawBar, toPng, writeFiles } from '../../../support/images.ts';
import { jobOf } from '../../../support/jobs.ts';
import { Preparation } from '../../../support/prepare.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const home = await temporaryFolder('images');
const newFolder = () => mkdtemp(join(home, 'data-'));
const bars = await barFiles(12);
const preparation = await Preparation.in(home);

const csvOf = (rows: readonly (readonly string[])[]) =>
  `path,label,part\n${rows.map((cells) => cells.join(',')).join('\n')}\n`;

/** A table of paths; every fourth row tests, and every fourth of the rest validates. */
const tableOf = (files: Readonly<Record<string, unknown>>) =>
  csvOf(
    Object.keys(files).map((name, i) => [
      `pictures/${name}`,
      name.split('/')[0] as string,
      ['train', 'train', 'validation', 'test'][Math.floor(i / 2) % 4] as string,
    ]),
  );
const inPictures = <T>(files: Readonly<Record<string, T>>) =>
  Object.fromEntries(Object.entries(files).map(([name, each]) => [`pictures/${name}`, each]));
const byPart = { kind: 'column', column: 'part' } as const;

test('a folder with a sub-folder of images for each class is a table of two columns', async () => {
  const data = await writeFiles(await newFolder(), bars);
  const { prepared, report } = await preparation.run(jobOf({ data, target: 'label' }));
  expect(prepared.problem).toMatchObject({ task: 'binary', classes: ['lying', 'standing'] });
  expect(prepared.layout).toEqual({
    numeric: 64,
    categories: [],
    imputed: [],
    image: { height: 8, width: 8, channels: 1 },
  });
  expect(prepared.decisions).toContainEqual({
    field: 'preprocess.images',
    value: '8 × 8, grey',
    reason: 'all training images are 8 × 8; none of them has colours',
  });
  expect(prepared.featureNames.slice(0, 9)).toContain('image[1,0]');
  expect(report).toMatchObject({ warnings: [], source: { format: 'folder of images', rows: 24 } });

  // Values come back as they were drawn, but for shift and scale.
  const rows = await preparation.open(prepared, 'test');
  const [batch] = await collect(rows.batches(100));
  const drawn = Object.keys(bars).map((name) => {
    const [kind, file = ''] = name.split('/');
    return drawBar(kind as 'lying', Number.parseInt(file, 10)).values;
  });
  const first = batch?.features.subarray(0, 64) as Float32Array;
  const isSame = drawn.map((values) => correlation(values, first) > 1 - 1e-6);
  expect(isSame.filter(Boolean)).toHaveLength(1);
});

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return product / Math.sqrt(squareA * squareB);
}

test('broken images and files that are none are left out, and named in the report', async () => {
  const photo = await sharp(drawBar('lying', 7, { height: 200, width: 200 }).values, {
    raw: { height: 200, width: 200, channels: 1 },
  })
    .jpeg()
    .toBuffer();
  const data = await writeFiles(await newFolder(), {
    ...bars,
    'lying/cut.jpg': photo.subarray(0, 1500),
    'lying/empty.png': '',
    'standing/text.png': 'I am no image.',
    'standing/notes.txt': 'Taken in May.',
    'README.md': 'Bars.',
    'beside.png': await toPng(drawBar('lying', 99)),
    'standing/.DS_Store': 'hidden',
  });
  const { prepared, report } = await preparation.run(jobOf({ data, target: 'label' }));
  const { fit, validation, test } = prepared.parts;
  expect(fit.rows + validation.rows + test.rows).toBe(24);
  expect(report.images?.unreadable.count).toBe(3);
  expect(report.images?.unreadable.first.map(({ name }) => name)).toEqual([
    'lying/cut.jpg',
    'lying/empty.png',
    'standing/text.png',
  ]);
  expect(report.images?.unreadable.first[0]?.fault).toContain('premature end');
  expect(report.images?.strangers).toEqual({
    count: 3,
    first: ['README.md', 'beside.png', 'standing/notes.txt'],
  });
  expect(report.warnings.join('\n')).toMatch(/can't be read, and are LEFT OUT/);
});

test('images that are the same are duplicates, whatever they are called', async () => {
  const files = { ...bars, 'lying/again.png': bars['lying/0.png'] as Buffer };
  const data = await writeFiles(await newFolder(), files);
  const { report } = await preparation.run(jobOf({ data, target: 'label' }));
  const { rows, dropped } = report;
  const isRepeated = report.warnings.some((text) => text.includes('also stand among'));
  expect(dropped.duplicates + (isRepeated ? 1 : 0)).toBe(1);
  expect(rows.fit + rows.validation + rows.test).toBe(25 - dropped.duplicates);
});

test('a table of paths is read from its own folder, and its test rows decide nothing', async () => {
  const folder = await writeFiles(await newFolder(), inPictures(bars));
  const data = join(folder, 'bars.csv');
  const job = jobOf({ data, target: 'label', split: byPart });
  await writeFile(data, tableOf(bars));
  const plain = await preparation.run(job);
  expect(plain.prepared.layout.image).toEqual({ height: 8, width: 8, channels: 1 });
  expect(plain.report.columns.map(({ name, type }) => [name, type])).toEqual([
    ['path', 'image'],
    ['label', 'target'],
    ['part', 'split'],
  ]);

  // Large, in colour, or broken: test rows all the same.
  const large = await toPng(drawBar('standing', 3, { height: 90, width: 70, channels: 3 }));
  const testNames = Object.keys(bars).filter((_, i) => Math.floor(i / 2) % 4 === 3);
  const [first = '', second = ''] = testNames;
  await writeFiles(join(folder, 'pictures'), { [first]: large, [second]: 'broken' });
  const changed = await preparation.run(job);
  expect(changed.prepared.transform).toEqual(plain.prepared.transform);
  expect(changed.prepared.decisions).toEqual(plain.prepared.decisions);
  const { fit, validation } = plain.prepared.parts;
  expect(changed.prepared.parts).toMatchObject({ fit, validation });
  expect(changed.prepared.parts.test.rows).toBe(plain.prepared.parts.test.rows - 1);
});

test('larger images in colour are brought to one size', async () => {
  const data = await writeFiles(await newFolder(), {
    ...(await barFiles(6, { height: 40, width: 100, channels: 3 })),
    'lying/odd.png': await toPng(drawBar('lying', 50, { height: 30, width: 30 })),
  });
  const job = jobOf({ data, target: 'label', preprocess: { images: { longestSide: 50 } } });
  const { prepared } = await preparation.run(job);
  expect(prepared.layout.image).toEqual({ height: 20, width: 50, channels: 3 });
  const grey = jobOf({ data, target: 'label', preprocess: { images: { colour: 'grey' } } });
  expect((await preparation.run(grey)).prepared.layout.image?.channels).toBe(1);
});

test('requests hold images that are encoded bit for bit as prepared, alone and among others', async () => {
  const files = {
    ...(await barFiles(6, { height: 40, width: 100, channels: 3 })),
    'lying/odd.png': await toPng(drawBar('lying', 50, { height: 30, width: 30 })),
  };
  const data = await writeFiles(await newFolder(), files);
  const { prepared } = await preparation.run(jobOf({ data, target: 'label' }));
  const kept = new Set<string>();
  for (const part of ['fit', 'validation', 'test'] as const) {
    for (const { features, rows } of await collect(
      (await preparation.open(prepared, part)).batches(4),
    )) {
      const width = features.length / rows;
      for (let row = 0; row < rows; row++) {
        kept.add(features.subarray(row * width, (row + 1) * width).join());
      }
    }
  }
  const { artifacts } = openStores({ home: join(home, 'home') });
  const stored = Buffer.from(await artifacts.read(prepared.transform)).toString();
  const transform = FittedTransform.parse(JSON.parse(stored));
  const column = transform.image?.column ?? '';
  const records = Object.values(files).map((file) => ({ [column]: file.toString('base64') }));
  const encode = async (some: typeof records) =>
    transform.encode(await transform.read(some, { folder: null, isConfined: true })).numeric;

  const together = await encode(records);
  const width = together.length / records.length;
  const served = new Set<string>();
  for (const [row, record] of records.entries()) {
    const own = together.subarray(row * width, (row + 1) * width);
    expect(await encode([record])).toEqual(own);
    served.add(own.join());
  }
  expect(served).toEqual(kept);
});

test('a folder without images, and a second column of images, are refused', async () => {
  const empty = await writeFiles(await newFolder(), { 'a/notes.txt': 'none' });
  await expect(preparation.run(jobOf({ data: empty, target: 'label' }))).rejects.toMatchObject({
    problem: { code: 'NoImages', field: 'data', value: empty },
  });
  const two = await writeFiles(await newFolder(), {
    'two.csv': 'a,b,y\n1.png,2.png,0\n2.png,1.png,1\n',
    '1.png': await toPng(drawBar('lying', 1)),
    '2.png': await toPng(drawBar('lying', 2)),
  });
  const job = jobOf({ data: join(two, 'two.csv'), target: 'y' });
  await expect(preparation.run(job)).rejects.toMatchObject({
    problem: { code: 'SeveralImageColumns', value: ['a', 'b'] },
  });
});

test('a column of addresses that end like images is a column of text, as before', async () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `https://example.org/${i}.png,${i % 7},${i % 2}`,
  );
  const folder = await writeFiles(await newFolder(), {
    'shop.csv': `photo,price,sold\n${rows.join('\n')}\n`,
  });
  const job = jobOf({ data: join(folder, 'shop.csv'), target: 'sold' });
  const { prepared, report } = await preparation.run(job);
  expect(prepared.layout).toEqual({ numeric: 1, categories: [], imputed: [expect.any(Number)] });
  expect(report.columns[0]).toMatchObject({ name: 'photo', type: 'identifier', used: false });
});

test('a preparation that is stopped anywhere goes on to the same bytes', async () => {
  const data = await writeFiles(await newFolder(), { ...bars, 'lying/broken.png': 'no image' });
  const job = jobOf({ data, target: 'label' });
  const { artifacts, objects } = openStores({ home });
  const run = async (lineage: string, stopAfter = Number.POSITIVE_INFINITY) => {
    const stop = new AbortController();
    const log = await CheckpointLog.claim(objects, lineage, fingerprint);
    let batches = 0;
    return prepareData({
      job,
      workFolder: await mkdtemp(join(home, 'work-')),
      save: (path, mediaType) => artifacts.putFile(path, mediaType),
      pathOf: (ref) => artifacts.localPath(ref),
      onProgress: () => {
        batches += 1;
        if (batches === stopAfter) stop.abort(new Error('stopped'));
      },
      signal: stop.signal,
      log,
      chunkRows: 8,
    });
  };
  const undisturbed = await run('images/undisturbed');
  let attempts = 0;
  for (;;) {
    attempts += 1;
    const done = await run('images/stopped', 2).catch((error: Error) => error.message);
    if (done === 'stopped') continue;
    expect(done).toEqual(undisturbed);
    break;
  }
  expect(attempts).toBeGreaterThan(4);
});

test('a folder whose files changed since is prepared anew', async () => {
  const data = await writeFiles(await newFolder(), bars);
  const before = await preparation.run(jobOf({ data, target: 'label' }));
  await rename(join(data, 'lying/3.png'), join(data, 'standing/moved.png'));
  const after = await preparation.run(jobOf({ data, target: 'label' }));
  expect(after.prepared.dataHash).not.toBe(before.prepared.dataHash);
});
