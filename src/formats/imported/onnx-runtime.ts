import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-node';
import {
  type Feed,
  type ForeignRuntime,
  feedShape,
  type ModelFiles,
  type TensorSignature,
  type TensorType,
} from './foreign-runtime.ts';

/** Runs an ONNX file by ONNX Runtime. Operators outside of its own sets are unknown to it: refused. */
export async function openOnnxModel({ paths, read }: ModelFiles): Promise<ForeignRuntime> {
  const { InferenceSession, Tensor, env } = await import('onnxruntime-node');
  // From bytes: files beside it, which weights may lie in, are out of reach.
  const session = await InferenceSession.create(await read(paths[0] as string), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const inputs = session.inputMetadata.map(signatureOf);
  const outputs = session.outputMetadata.map(signatureOf);
  return {
    runtime: `onnxruntime-node ${env.versions.node ?? ''}`.trim(),
    inputs,
    outputs,
    async run(feeds, rows, output) {
      const given = feeds.map((feed) => {
        const signature = inputs.find(({ name }) => name === feed.tensor) as TensorSignature;
        return [feed.tensor, toTensor(Tensor, signature, feed, rows)] as const;
      });
      const results = await session.run(Object.fromEntries(given), [output]);
      const { data } = results[output] as TypedTensor<'float32' | 'int64'>;
      return data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
    },
    dispose: () => session.release(),
  };
}

const TYPES: Readonly<Record<string, TensorType>> = {
  float32: 'float32',
  float64: 'float64',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint8',
  bool: 'bool',
  string: 'string',
};

const signatureOf = (value: InferenceSession.ValueMetadata): TensorSignature =>
  value.isTensor
    ? {
        name: value.name,
        dtype: TYPES[value.type] ?? 'other',
        // Sizes with names are open.
        shape: value.shape.map((size) => (typeof size === 'number' && size > 0 ? size : null)),
      }
    : { name: value.name, dtype: 'other', shape: null };

const ARRAYS = {
  float32: (values: Float64Array) => Float32Array.from(values),
  float64: (values: Float64Array) => values,
  int32: (values: Float64Array) => Int32Array.from(values),
  int64: (values: Float64Array) => BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))),
  uint8: (values: Float64Array) => Uint8Array.from(values),
  bool: (values: Float64Array) => Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
} as const;

function toTensor(
  Constructor: typeof Tensor,
  signature: TensorSignature,
  { values, width }: Feed,
  rows: number,
): Tensor {
  const shape = feedShape(signature, width, rows) as number[];
  const type = signature.dtype as keyof typeof ARRAYS;
  return values instanceof Float64Array
    ? new Constructor(type, ARRAYS[type](values), shape)
    : new Constructor('string', [...values], shape);
}
