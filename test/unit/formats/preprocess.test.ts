import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { densify } from '../../../src/ml/data/densify.ts';
import { ODD_RECORDS, ODD_TRANSFORM, oddTransform } from '../../support/odd-records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SOURCES = join(import.meta.dirname, '../../../src/formats/preprocess');
const records = JSON.parse(JSON.stringify(ODD_RECORDS)) as Record<string, unknown>[];

function expected(): number[][] {
  const transform = oddTransform();
  const width = transform.featureNames.length;
  const features = densify(transform.encode(records), transform.layout);
  return records.map((_, row) => [...features.subarray(row * width, (row + 1) * width)]);
}

test('the program in Python makes the features that the transform makes', async () => {
  const folder = await temporaryFolder('preprocess');
  await copyFile(join(SOURCES, 'preprocess.py'), join(folder, 'preprocess.py'));
  await writeFile(join(folder, 'transform.json'), JSON.stringify(ODD_TRANSFORM));
  const lines = records.map((record) => JSON.stringify(record)).join('\n');
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile('python3', [join(folder, 'preprocess.py')], (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
    child.stdin?.end(lines);
  });
  const features = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as number[]);
  expect(features).toEqual(expected());
});

test('the program in JavaScript makes the features that the transform makes', async () => {
  const program = (await import(join(SOURCES, 'preprocess.mjs'))) as {
    features(records: readonly unknown[], transform: unknown): number[][];
  };
  expect(program.features(records, ODD_TRANSFORM)).toEqual(expected());
});
