import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { InputError } from '../../errors.ts';
import type { ImportFormat } from '../../schemas/imported-model.ts';

/** A model on the disk, as a user names it. */
export interface LocalModel {
  readonly format: ImportFormat;
  /** Of the file or folder. */
  readonly name: string;
  /** Where its files lie. */
  readonly folder: string;
  /** Relative to the folder, with slashes, sorted. */
  readonly paths: readonly string[];
}

const HDF5 = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
/** Formats that run what they hold when they are read. */
const PICKLES = /\.(pkl|pickle|joblib|pt|pth|sav|skops)$/i;

/** Tells a model's format by what lies there. */
export async function findLocalModel(path: string): Promise<LocalModel> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw unknownFormat(path, `a file or folder that can be read (${error.code ?? 'unreadable'})`);
  });
  if (found.isDirectory()) return findSavedModel(path);
  if (PICKLES.test(path)) throw refusePickle(path);
  const common = { name: basename(path), folder: dirname(path), paths: [basename(path)] };
  const head = await readHead(path);
  if (head.equals(HDF5)) return { format: 'keras-h5', ...common };
  if (head.subarray(0, ZIP.length).equals(ZIP)) return { format: 'keras', ...common };
  if (/\.onnx$/i.test(path)) return { format: 'onnx', ...common };
  throw unknownFormat(path, 'a model: .onnx, .keras, .h5, or the folder of a SavedModel');
}

async function findSavedModel(folder: string): Promise<LocalModel> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  if (!paths.includes('saved_model.pb')) {
    throw unknownFormat(folder, 'a SavedModel: a folder with the file saved_model.pb');
  }
  return { format: 'saved-model', name: basename(folder), folder, paths };
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const refusePickle = (path: string): InputError =>
  new InputError({
    code: 'PickledModel',
    field: 'model',
    value: path,
    expected: 'a format that is data: a pickle runs code of its own when it is read',
    remedy: 'Write it as ONNX where it was trained: skl2onnx, or torch.onnx.export.',
  });

const unknownFormat = (path: string, expected: string): InputError =>
  new InputError({
    code: 'UnknownModelFormat',
    field: 'model',
    value: path,
    expected,
    remedy: 'Check the path, or write the model as ONNX.',
  });
