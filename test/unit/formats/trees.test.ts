import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formats } from '../../../src/formats/index.ts';
import { featuresOf, type TreesModel } from '../../../src/formats/portable-model.ts';
import { toTypedColumns } from '../../../src/formats/typed-columns.ts';
import { writeFiles } from '../../../src/formats/write-export.ts';
import { FittedTransform } from '../../../src/ml/data/fitted-transform.ts';
import { type Tree, valueOf } from '../../../src/ml/lightgbm/tree.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { randomTree } from '../../support/random-trees.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const home = await temporaryFolder('formats-trees');
const LEVELS = Array.from({ length: 40 }, (_, i) => `level ${i}`);
const asItIs = { impute: 0.3, shift: 0, scale: 1 };
const transform = new FittedTransform({
  schemaVersion: 1,
  missing: [],
  operations: [
    { kind: 'numeric', column: 'a', ...asItIs },
    { kind: 'numeric', column: 'b, "c"', ...asItIs },
    { kind: 'categorical', column: 'd', levels: LEVELS, other: false, missing: false },
    { kind: 'categorical', column: 'e', levels: ['x', 'y'], other: true, missing: true },
  ],
});

function modelOf(trees: Tree[], base: readonly number[], isBoosted = true): TreesModel {
  const classes = base.length === 1 ? 0 : base.length;
  return {
    kind: 'trees',
    trees: {
      ensemble: { base: Float64Array.from(base), trees },
      isBoosted,
      classes,
      targetScale: null,
    },
    transform,
    package: {
      name: 'trees',
      problem: { target: 'y', classes: LEVELS.slice(0, classes) },
      versions: {},
    } as unknown as TreesModel['package'],
  };
}

/** On both sides of every threshold, the nearest numbers that float32 knows; and what is missing. */
function edgeRecords(tree: Tree, stream: RandomStream): Record<string, unknown>[] {
  const edges = [...tree.threshold].flatMap((bound) => {
    const near = Math.fround(bound);
    const ulp = 2 ** (Math.floor(Math.log2(Math.abs(near))) - 23);
    return [bound, near, near - ulp, near + ulp];
  });
  const numbers = [...edges, 0, -0, 1e30, -1e30, null];
  const pick = <T>(from: readonly T[]) => from[stream.below(from.length)] as T;
  return Array.from({ length: 600 }, () => ({
    a: pick(numbers),
    'b, "c"': pick(numbers),
    d: pick([...LEVELS, 'unseen', null]),
    e: pick(['x', 'y', 'z', null]),
  }));
}

async function answers(
  format: 'onnx' | 'lightgbm',
  model: TreesModel,
  records: Record<string, unknown>[],
) {
  const folder = join(home, format);
  await writeFiles(folder, await formats[format].write(model));
  const runner = await formats[format].open(folder);
  const outputs = await runner.run({
    rows: records.length,
    columns: toTypedColumns(transform, records),
    features: featuresOf(model, records),
  });
  await runner.dispose();
  return [...(outputs as Float32Array)];
}

test.each(['onnx', 'lightgbm'] as const)(
  '%s: every row comes to its leaf, also at thresholds that float32 does not know',
  async (format) => {
    for (let seed = 0; seed < 6; seed++) {
      const stream = new RandomStream(seed, 'test-trees');
      const tree = randomTree(stream, transform.layout, 24);
      const model = modelOf([tree], [0]);
      const records = edgeRecords(tree, stream);
      const features = featuresOf(model, records);
      const width = transform.columnNames.length;
      const expected = records.map((_, row) => valueOf(tree, features, row * width));
      const leaves = new Set(expected);
      expect(leaves.size).toBeGreaterThan(8);
      const got = await answers(format, model, records);
      expect(got.map(Math.fround)).toEqual(expected.map(Math.fround));
    }
  },
);

const record = { a: 0.5, 'b, "c"': 1, d: 'level 3', e: 'x' };

test.each(['onnx', 'lightgbm'] as const)(
  '%s: an ensemble without trees gives what it begins with',
  async (format) => {
    const [value] = await answers(format, modelOf([], [2.5]), [record]);
    expect(value).toBe(2.5);
    const shares = await answers(format, modelOf([], [0.5, 0.25, 0.25], false), [record]);
    expect(shares).toEqual([0.5, 0.25, 0.25]);
  },
);

test.each(['onnx', 'lightgbm'] as const)(
  '%s: a forest whose shares are all below 0 holds each class equally likely',
  async (format) => {
    const got = await answers(format, modelOf([], [-1, -2, -1, -0.5], false), [record]);
    expect(got).toEqual([0.25, 0.25, 0.25, 0.25]);
  },
);
