import { expect, test } from 'vitest';
import {
  bytesOf,
  decodeSnapshot,
  encodeSnapshot,
  toFloat32,
  toFloat64,
} from '../../../src/ml/training/snapshot.ts';

test('document and blobs come back as they were, whatever their alignment', () => {
  const doubles = Float64Array.of(Math.PI, -0, Number.MAX_VALUE, Number.NaN);
  const singles = Float32Array.of(0.1, -1e-40);
  const document = { epoch: 3, name: 'été' };
  const encoded = encodeSnapshot(document, [Uint8Array.of(7), bytesOf(singles), bytesOf(doubles)]);
  // Shifted by one byte, as a part of a larger buffer may be.
  const shifted = Buffer.concat([Uint8Array.of(0), encoded]).subarray(1);
  const decoded = decodeSnapshot(shifted);
  expect(decoded.document).toEqual(document);
  expect([...(decoded.blobs[0] as Uint8Array)]).toEqual([7]);
  expect(toFloat32(decoded.blobs[1] as Uint8Array)).toEqual(singles);
  expect(toFloat64(decoded.blobs[2] as Uint8Array)).toEqual(doubles);
});

test('a snapshot without blobs holds its document', () => {
  expect(decodeSnapshot(encodeSnapshot([1, 2], []))).toEqual({ document: [1, 2], blobs: [] });
});

test('bytes that are cut short, or too many, are refused', () => {
  const encoded = encodeSnapshot({}, [new Uint8Array(16)]);
  expect(() => decodeSnapshot(encoded.subarray(0, -1))).toThrow('its header says');
  expect(() => decodeSnapshot(Buffer.concat([encoded, Uint8Array.of(0)]))).toThrow(
    'its header says',
  );
});
