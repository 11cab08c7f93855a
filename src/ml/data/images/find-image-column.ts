import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError } from '../../../errors.ts';
import type { Job } from '../../../schemas/job.ts';
import { cellText } from '../cell.ts';
import type { Table } from '../table.ts';
import { IMAGE_NAME } from './decode-image.ts';
import { folderOf, IMAGE_COLUMN, ImageFolder } from './image-folder.ts';

/** A column names images if so many of its first cells do … */
const MOST = 0.5;
/** … and so many of these first ones are files that are there: addresses on the web are not. */
const LOOKED_FOR = 16;

/**
 * The column whose cells are images, or null. Like the separator of a CSV file, this is read off
 * the first rows: it says what the table is, before there are any parts.
 */
export async function findImageColumn(job: Job, table: Table): Promise<string | null> {
  const { types, drop } = job.columns;
  const forced = Object.keys(types).filter((name) => types[name] === 'image');
  if (forced.length > 1) throw severalColumns(forced);
  if (forced[0] !== undefined) return forced[0];
  const roles = ['column' in job.split ? job.split.column : undefined, job.target];
  const isFree = (name: string) =>
    !drop.includes(name) && !roles.includes(name) && types[name] === undefined;
  if (table instanceof ImageFolder) return isFree(IMAGE_COLUMN) ? IMAGE_COLUMN : null;
  const found = (await columnsOfImageFiles(table)).filter(isFree);
  if (found.length > 1) throw severalColumns(found);
  return found[0] ?? null;
}

async function columnsOfImageFiles(table: Table): Promise<string[]> {
  const found: string[] = [];
  for await (const { rows } of table.batches()) {
    for (const [index, column] of table.columns.entries()) {
      const cells = rows.flatMap((row) => cellText(row[index], new Set()) ?? []);
      const named = cells.filter((text) => IMAGE_NAME.test(text));
      if (named.length === 0 || named.length < MOST * cells.length) continue;
      const first = named.slice(0, LOOKED_FOR);
      const files = await Promise.all(first.map((name) => isFile(resolve(folderOf(table), name))));
      if (files.filter(Boolean).length >= MOST * first.length) found.push(column);
    }
    break;
  }
  return found;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

const severalColumns = (columns: readonly string[]): InputError =>
  new InputError({
    code: 'SeveralImageColumns',
    field: 'columns',
    value: columns,
    expected: 'one column of images at most',
    remedy: 'Name all of them but one in columns.drop.',
  });
