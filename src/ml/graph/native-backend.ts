import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';

/** An attribute as tfjs-node hands it to TensorFlow. */
export interface NativeAttribute {
  readonly name: string;
  /** One of the binding's TF_ATTR numbers. */
  readonly type: number;
  readonly value: unknown;
}

/** A 64-bit integer, which TensorFlow.js has no tensor for. */
export interface Int64Scalar {
  /** Low and high word. */
  readonly valueArray: Int32Array;
}

export type NativeInput = TensorInfo | Int64Scalar;

/** What Sevenfold uses of tfjs-node's backend: every op passes one of its two `execute` methods. */
export interface NativeBackend {
  readonly binding: { readonly TF_Version: string } & Readonly<Record<string, number>>;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: {
    get(dataId: object): { readonly shape: readonly number[]; readonly dtype: number };
  };
  executeSingleOutput(name: string, attributes: NativeAttribute[], inputs: NativeInput[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: NativeAttribute[],
    inputs: NativeInput[],
    outputs: number,
  ): Tensor[];
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array | Uint8Array[];
  loadSavedModelMetaGraph(folder: string, tags: string): number;
  runSavedModel(
    id: number,
    inputs: Tensor[],
    infos: { readonly name: string }[],
    outputs: string[],
  ): Tensor[];
  deleteSavedModel(id: number): void;
  getNumOfSavedModels(): number;
  getNumOfTFTensors(): number;
}

/** Whether graphs can be recorded and run: on native TensorFlow they can, on WebAssembly not. */
export const hasNativeBackend = (tf: TensorFlow): boolean => tf.getBackend() === 'tensorflow';

/** Whether TensorFlow has a GPU to do its ops on. */
export const isOnGpu = (tf: TensorFlow): boolean =>
  hasNativeBackend(tf) && nativeBackend(tf).isUsingGpuDevice;

export function nativeBackend(tf: TensorFlow): NativeBackend {
  if (!hasNativeBackend(tf)) {
    throw new Error(`Graphs need native TensorFlow; the backend is '${tf.getBackend()}'.`);
  }
  return tf.backend() as unknown as NativeBackend;
}

/** Calls a native op of float32 by its name, with `T` and these attributes. */
export function runFloat32(
  tf: TensorFlow,
  op: string,
  inputs: NativeInput[],
  attributes: readonly NativeAttribute[] = [],
): Tensor {
  const backend = nativeBackend(tf);
  const { TF_ATTR_TYPE: type = 0, TF_FLOAT: value } = backend.binding;
  return backend.executeSingleOutput(op, [{ name: 'T', type, value }, ...attributes], inputs);
}
