import { PersistentId, PythonCall, PythonGlobal, type PythonValue } from './python-values.ts';

export interface TorchTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

const orderedDict = new PythonGlobal('collections', 'OrderedDict');
const rebuildTensor = new PythonGlobal('torch._utils', '_rebuild_tensor_v2');

/** A dictionary of tensors as PyTorch pickles it, and its storages by key. */
export class TensorStorages {
  /** Raw little-endian values, by the names of the archive's files: 0, 1, … */
  readonly files = new Map<string, Uint8Array>();

  /** Puts a tensor by; gives what stands for it in the pickle. */
  add({ shape, values }: TorchTensor): PythonCall {
    const key = String(this.files.size);
    this.files.set(key, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    const kind = values instanceof Float32Array ? 'FloatStorage' : 'DoubleStorage';
    const storage = new PythonGlobal('torch', kind);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    return new PythonCall(rebuildTensor, [
      new PersistentId(['storage', storage, key, 'cpu', values.length]),
      0,
      [...shape],
      strides,
      false,
      new PythonCall(orderedDict, []),
    ]);
  }
}

export const dictionaryOf = (entries: ReadonlyMap<string, PythonValue>): PythonCall =>
  new PythonCall(orderedDict, [], entries);

/** Reads a contiguous tensor back. @param read gives a storage's bytes by its key */
export function readTensor(value: PythonValue, read: (key: string) => Uint8Array): TorchTensor {
  if (!(value instanceof PythonCall) || value.callee.name !== rebuildTensor.name) {
    throw new RangeError('Only plain tensors can be read from a PyTorch file.');
  }
  const [storage, , shape] = value.args as [PersistentId, number, number[]];
  const [, kind, key] = storage.id as [string, PythonGlobal, string];
  // Copied, because a typed array needs an aligned start.
  const raw = Uint8Array.from(read(key)).buffer;
  const isDouble = kind.name === 'torch.DoubleStorage';
  return { shape, values: isDouble ? new Float64Array(raw) : new Float32Array(raw) };
}
