import { join } from 'node:path';
import protobuf from 'protobufjs';
import type { DataType } from './graph.ts';

let root: protobuf.Root | undefined;

/** A message type of `tensorflow.proto`, such as 'SavedModel'. Fields are named in camelCase. */
export function messageType(name: string): protobuf.Type {
  root ??= protobuf.loadSync(join(import.meta.dirname, 'tensorflow.proto'));
  return root.lookupType(`tensorflow.${name}`);
}

/** Numbers of TensorFlow's enum `DataType`. */
export const dataTypeNumbers: Readonly<Record<DataType, number>> = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  resource: 20,
  variant: 21,
  uint64: 23,
};
