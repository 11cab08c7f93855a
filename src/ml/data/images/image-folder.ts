import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { InputError } from '../../../errors.ts';
import type { SourceStamp } from '../../../schemas/preparation-state.ts';
import { BATCH_ROWS, type ReadOptions, type Table, type TableBatch } from '../table.ts';
import { IMAGE_NAME } from './decode-image.ts';

/** Columns of the table that a folder is read as. */
export const IMAGE_COLUMN = 'image';
export const LABEL_COLUMN = 'label';

interface ImageFile {
  /** Relative to the folder, with slashes. */
  readonly name: string;
  readonly label: string | null;
  readonly bytes: number;
  readonly modifiedAtMs: number;
}

/**
 * A folder with one sub-folder of images for each class, read as a table of path and label; or one
 * of images alone, which has no labels. Rows are in the order of class and path.
 */
export class ImageFolder implements Table {
  readonly format = 'folder of images';
  readonly repeated = [];
  readonly notes = [];
  readonly isText = false;
  readonly path: string;
  readonly bytes: number;
  readonly columns: readonly string[];
  /** Files that are no images, or that stand beside the classes. */
  readonly strangers: readonly string[];
  readonly #files: readonly ImageFile[];

  private constructor(path: string, files: readonly ImageFile[], strangers: readonly string[]) {
    this.path = path;
    this.strangers = strangers;
    this.#files = files;
    this.bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const isLabelled = files.some(({ label }) => label !== null);
    this.columns = isLabelled ? [IMAGE_COLUMN, LABEL_COLUMN] : [IMAGE_COLUMN];
  }

  static async open(path: string, field: string): Promise<ImageFolder> {
    const names = await visibleFiles(path);
    const images = names.filter((name) => IMAGE_NAME.test(name));
    const inClasses = images.filter((name) => name.includes('/'));
    const used = new Set(inClasses.length > 0 ? inClasses : images);
    if (used.size === 0) {
      throw new InputError({
        code: 'NoImages',
        field,
        value: path,
        expected: 'a table, or a folder with a sub-folder of images for each class',
        remedy:
          'Put PNG, JPEG, WebP, GIF, TIFF or AVIF files into sub-folders named like the classes.',
      });
    }
    const strangers = names.filter((name) => !used.has(name));
    return new ImageFolder(path, await describeFiles(path, [...used]), strangers);
  }

  /** One image, as a folder that holds nothing else. */
  static async ofFile(path: string): Promise<ImageFolder> {
    const folder = dirname(path);
    return new ImageFolder(folder, await describeFiles(folder, [basename(path)]), []);
  }

  get files(): string[] {
    return this.names.map((name) => join(this.path, name));
  }

  /** Of its images, relative to it, in order. */
  get names(): string[] {
    return this.#files.map(({ name }) => name);
  }

  async *batches({
    from = null,
    batchRows = BATCH_ROWS,
  }: ReadOptions = {}): AsyncGenerator<TableBatch> {
    if (from !== null && from.kind !== 'row') throw new TypeError('A folder is read by rows.');
    for (let row = from?.row ?? 0; row < this.#files.length; row += batchRows) {
      const files = this.#files.slice(row, row + batchRows);
      const rows = files.map(({ name, label }) => (label === null ? [name] : [name, label]));
      yield { rows, end: { kind: 'row', row: row + rows.length } };
    }
  }

  /** By what its files are known again, without reading them. */
  stamp(): SourceStamp {
    const hash = createHash('sha256');
    for (const file of this.#files) hash.update(JSON.stringify(file));
    const modifiedAtMs = this.#files.reduce((last, each) => Math.max(last, each.modifiedAtMs), 0);
    return { bytes: this.bytes, modifiedAtMs, ends: hash.digest('hex') };
  }
}

/** Where relative paths in a table's cells are meant from. */
export const folderOf = (table: Table): string =>
  table instanceof ImageFolder ? table.path : dirname(table.path);

/** Names of all files at any depth, but for those that are hidden. */
async function visibleFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
    .sort();
}

const STATS_AT_ONCE = 64;

async function describeFiles(folder: string, names: readonly string[]): Promise<ImageFile[]> {
  const files: ImageFile[] = [];
  for (let start = 0; start < names.length; start += STATS_AT_ONCE) {
    const some = names.slice(start, start + STATS_AT_ONCE).map(async (name) => {
      const { size, mtimeMs } = await stat(join(folder, name));
      const [label, file] = name.split('/', 2);
      const hasClass = file !== undefined && label !== undefined;
      return { name, label: hasClass ? label : null, bytes: size, modifiedAtMs: mtimeMs };
    });
    files.push(...(await Promise.all(some)));
  }
  return files;
}
