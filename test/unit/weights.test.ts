import { expect, test } from 'vitest';
import { decodeWeights, encodeWeights, hashWeights, type Weights } from '../../src/ml/weights.ts';

const weights: Weights = [
  { name: 'layers.0.kernel', shape: [2, 2], values: Float32Array.of(0.1, -0, 1e-40, 3) },
  { name: 'layers.0.bias', shape: [1], values: Float64Array.of(Math.PI) },
  { name: 'empty', shape: [0], values: new Float32Array() },
  { name: 'counts', shape: [3], values: Int32Array.of(-1, 0, 7) },
];

test('weights come back with names, shapes, types and bits, in order', () => {
  const decoded = decodeWeights(encodeWeights(weights, { estimator: 'mlp' }));
  expect(decoded).toEqual(weights);
  expect(hashWeights(decoded)).toBe(hashWeights(weights));
});

test('a file that the safetensors library wrote is read', () => {
  // save({'a': float32 [[1, 2]], 'b': float64 [0.5]}, {'x': 'y'}) of safetensors 0.8.0.
  const file =
    '88000000000000007b225f5f6d657461646174615f5f223a7b2278223a2279227d2c2262223a7b22647479706522' +
    '3a22463634222c227368617065223a5b315d2c22646174615f6f666673657473223a5b302c385d7d2c2261223a7b' +
    '226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b382c' +
    '31365d7d7d20000000000000e03f0000803f00000040';
  expect(decodeWeights(Buffer.from(file, 'hex'))).toEqual([
    { name: 'b', shape: [1], values: Float64Array.of(0.5) },
    { name: 'a', shape: [1, 2], values: Float32Array.of(1, 2) },
  ]);
});

test('what is written is safetensors: header length, header, and values at their offsets', () => {
  const bytes = Buffer.from(encodeWeights(weights, { estimator: 'mlp' }));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, unknown>;
  expect((8 + headerLength) % 8).toBe(0);
  expect(header).toEqual({
    __metadata__: { estimator: 'mlp' },
    'layers.0.kernel': { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
    'layers.0.bias': { dtype: 'F64', shape: [1], data_offsets: [16, 24] },
    empty: { dtype: 'F32', shape: [0], data_offsets: [24, 24] },
    counts: { dtype: 'I32', shape: [3], data_offsets: [24, 36] },
  });
  const values = bytes.subarray(8 + headerLength);
  expect(values).toHaveLength(36);
  expect(values.readFloatLE(12)).toBe(3);
  expect(values.readDoubleLE(16)).toBe(Math.PI);
  expect(values.readInt32LE(24)).toBe(-1);
});

test('a view of a larger array is written and hashed as the values that it shows', () => {
  const [{ name, shape, values }] = weights as [Weights[0] & object];
  const larger = Float32Array.of(9, ...values, 9);
  const view = [{ name, shape, values: larger.subarray(1, 5) }];
  expect(encodeWeights(view)).toEqual(encodeWeights(weights.slice(0, 1)));
  expect(hashWeights(view)).toBe(hashWeights(weights.slice(0, 1)));
});

test('bytes at an odd place in memory are read all the same', () => {
  const shifted = Buffer.concat([Uint8Array.of(0), encodeWeights(weights)]).subarray(1);
  expect(decodeWeights(shifted)).toEqual(weights);
});

test('the hash speaks of name, type, shape, values and order', () => {
  const [first, second] = weights as [Weights[0] & object, Weights[0] & object];
  const variants: Weights[] = [
    weights,
    [{ ...first, name: 'other' }, ...weights.slice(1)],
    [{ ...first, shape: [4] }, ...weights.slice(1)],
    [{ ...first, values: Float32Array.of(0.1, 0, 1e-40, 3) }, ...weights.slice(1)],
    [first, { ...second, values: Float32Array.of(Math.PI) }, ...weights.slice(2)],
    [second, first, ...weights.slice(2)],
  ];
  expect(new Set(variants.map(hashWeights)).size).toBe(variants.length);
});
