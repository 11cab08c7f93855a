import { TextCells } from '../../src/ml/data/text-cells.ts';

/** Rows of text by their bytes, with bytes between the cells that belong to none. */
export function textCells(rows: readonly (readonly string[])[]): TextCells {
  const cells = rows.flat();
  const bytes = Buffer.from(cells.join('.'));
  const ends: number[] = [];
  let at = 0;
  for (const cell of cells) {
    at += Buffer.byteLength(cell);
    ends.push(at);
    at += 1;
  }
  const starts = cells.map((cell, i) => (ends[i] as number) - Buffer.byteLength(cell));
  return new TextCells(bytes, rows[0]?.length ?? 0, Int32Array.from(starts), Int32Array.from(ends));
}
