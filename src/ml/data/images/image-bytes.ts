import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { IMAGE_NAME } from './decode-image.ts';

/** Where cells that are paths lead. */
export interface ImagePlace {
  /** Relative paths are meant from here; null where no file is to be read. */
  readonly folder: string | null;
  /** Whether paths may leave the folder. */
  readonly isConfined: boolean;
}

/** A cell that leads to no image, and why. */
export class NoImage extends Error {
  override readonly name = 'NoImage';
}

const DATA_URL = /^data:image\/[a-z0-9.+-]+;base64,/i;
const BASE64 = /^[A-Za-z0-9+/_\s-]+={0,2}\s*$/;
const LONGEST_PATH = 4096;

/** Whether a cell is the path of a file: base64 has no dots. */
export const isImagePath = (cell: string): boolean =>
  !DATA_URL.test(cell) &&
  cell.length <= LONGEST_PATH &&
  (IMAGE_NAME.test(cell) || cell.includes('.'));

/**
 * The bytes that a cell of an image column stands for: a path of a file, base64, or a data URL.
 * @throws NoImage
 */
export async function imageBytes(cell: string, place: ImagePlace): Promise<Uint8Array> {
  if (DATA_URL.test(cell)) return Buffer.from(cell.replace(DATA_URL, ''), 'base64');
  if (isImagePath(cell)) return readImageFile(cell, place);
  if (BASE64.test(cell)) return Buffer.from(cell, 'base64');
  throw new NoImage('neither the path of an image nor base64');
}

async function readImageFile(
  cell: string,
  { folder, isConfined }: ImagePlace,
): Promise<Uint8Array> {
  if (folder === null) throw new NoImage('no files are read here: give the image as base64');
  try {
    const path = resolve(folder, cell);
    if (isConfined) {
      const inside = relative(await realpath(folder), await realpath(path));
      if (inside.startsWith('..') || isAbsolute(inside)) throw noSuchFile();
    }
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw noSuchFile();
    if (code === 'EACCES' || code === 'EPERM') throw new NoImage('this user may not read the file');
    if (code === 'EISDIR') throw new NoImage('a folder, not a file');
    throw error;
  }
}

const noSuchFile = () => new NoImage('there is no such file');
