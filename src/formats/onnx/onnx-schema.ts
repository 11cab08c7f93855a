import { join } from 'node:path';
import protobuf from 'protobufjs';

let root: protobuf.Root | undefined;

/** A message type of `onnx.proto`, such as 'ModelProto'. Fields are named in camelCase. */
export function onnxMessage(name: string): protobuf.Type {
  root ??= protobuf.loadSync(join(import.meta.dirname, 'onnx.proto'));
  return root.lookupType(`onnx.${name}`);
}

/** Numbers of ONNX's enum `TensorProto.DataType`. */
export const OnnxType = { float32: 1, int64: 7, string: 8, float64: 11 } as const;
export type OnnxTypeName = keyof typeof OnnxType;
