import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeFeatures, type FeatureEncoding } from '../../../src/ml/data/densify.ts';
import { ODD_RECORDS, ODD_TRANSFORM, oddTransform } from '../../support/odd-records.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SOURCES = join(import.meta.dirname, '../../../src/formats/preprocess');
const records = JSON.parse(JSON.stringify(ODD_RECORDS)) as Record<string, unknown>[];

function expected(encoding: FeatureEncoding = 'one-hot'): number[][] {
  const transform = oddTransform();
  const features = encodeFeatures(transform.encode(records), transform.layout, encoding);
  const width = features.length / records.length;
  return records.map((_, row) => [...features.subarray(row * width, (row + 1) * width)]);
}

/** Runs preprocess.py in a folder with its transform: a JSON text a line in, one a line out. */
async function runPython(args: readonly string[]): Promise<string[]> {
  const folder = await temporaryFolder('preprocess');
  await copyFile(join(SOURCES, 'preprocess.py'), join(folder, 'preprocess.py'));
  await writeFile(join(folder, 'transform.json'), JSON.stringify(ODD_TRANSFORM));
  const lines = records.map((record) => JSON.stringify(record)).join('\n');
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile('python3', [...args], { cwd: folder }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
    child.stdin?.end(lines);
  });
  return output.trimEnd().split('\n');
}

test('the program in Python makes the features that the transform makes', async () => {
  const lines = await runPython(['preprocess.py']);
  expect(lines.map((line) => JSON.parse(line) as number[])).toEqual(expected());
});

test('the program in Python makes the codes that trees take', async () => {
  const program = [
    'import json, sys',
    'from preprocess import codes',
    'for row in codes([json.loads(line) for line in sys.stdin]):',
    '    print(json.dumps([None if x != x else x for x in row]))',
  ];
  const lines = await runPython(['-c', program.join('\n')]);
  const rows = lines.map((line) =>
    (JSON.parse(line) as (number | null)[]).map((value) => value ?? Number.NaN),
  );
  expect(rows).toEqual(expected('codes'));
});

test('the program in JavaScript makes what the transform makes, in both encodings', async () => {
  const program = (await import(join(SOURCES, 'preprocess.mjs'))) as {
    features(records: readonly unknown[], transform: unknown): number[][];
    codes(records: readonly unknown[], transform: unknown): number[][];
  };
  expect(program.features(records, ODD_TRANSFORM)).toEqual(expected());
  expect(program.codes(records, ODD_TRANSFORM)).toEqual(expected('codes'));
});
