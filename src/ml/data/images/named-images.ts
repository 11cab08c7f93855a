import { resolve } from 'node:path';
import { cellText } from '../cell.ts';
import type { Table } from '../table.ts';
import { isImagePath } from './image-bytes.ts';
import { folderOf } from './image-folder.ts';

/** The files that the cells of a table's image column name, in order, whether they are there or not. */
export async function* namedImages(table: Table, column: string): AsyncGenerator<string> {
  const place = table.columns.indexOf(column);
  for await (const { rows } of table.batches()) {
    for (const row of rows) {
      const cell = cellText(row[place], new Set());
      if (cell !== null && isImagePath(cell)) yield resolve(folderOf(table), cell);
    }
  }
}
