import { unzip, zip } from '../zip.ts';
import { pickle } from './pickle.ts';
import type { PythonCall } from './python-values.ts';
import { readTensor, type TensorStorages, type TorchTensor } from './tensors.ts';
import { unpickle } from './unpickle.ts';

const ROOT = 'archive';

/** Packs what `torch.load` and `torch.jit.load` read: a pickle and its storages, stored in a ZIP. */
export function packArchive(
  data: PythonCall,
  storages: TensorStorages,
  others: Readonly<Record<string, Uint8Array>>,
): Uint8Array {
  const files: Record<string, Uint8Array> = { 'data.pkl': pickle(data), ...others };
  for (const [key, bytes] of storages.files) files[`data/${key}`] = bytes;
  files['version'] = Buffer.from('3\n');
  return zip(
    Object.fromEntries(Object.entries(files).map(([key, bytes]) => [`${ROOT}/${key}`, bytes])),
  );
}

/** Opens such an archive: its tensors by name, and its other files. */
export function unpackArchive(bytes: Uint8Array) {
  const files = unzip(bytes);
  const fileOf = (name: string): Uint8Array => {
    const file = files[`${ROOT}/${name}`];
    if (file === undefined) throw new Error(`The PyTorch archive has no ${name}.`);
    return file;
  };
  const data = unpickle(fileOf('data.pkl')) as PythonCall;
  return {
    fileOf,
    tensor: (name: string): TorchTensor => {
      const value = data.items.get(name);
      if (value === undefined) throw new Error(`The PyTorch archive has no tensor ${name}.`);
      return readTensor(value, (key) => fileOf(`data/${key}`));
    },
  };
}
