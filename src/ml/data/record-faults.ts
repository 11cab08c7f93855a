import type { InputColumn } from '../../schemas/model-package.ts';
import type { NumberFormat } from '../../schemas/number-format.ts';
import { cellText, isPlaceholder, levelName, parseBoolean, parseDate } from './cell.ts';
import { UnreadableImage } from './images/read-images.ts';
import { readNumber } from './written-number.ts';

type RawRecord = Readonly<Record<string, unknown>>;

/** A cell that its column's type can't read. */
export interface CellFault {
  readonly row: number;
  readonly column: string;
  readonly value: unknown;
  readonly expected: string;
}

/** Cells that are there but that their column's type can't read; they would count as missing. */
export function findCellFaults(
  records: readonly RawRecord[],
  {
    inputs,
    missing,
    formats,
  }: {
    readonly inputs: readonly InputColumn[];
    readonly missing: ReadonlySet<string>;
    /** Of numbers that are not written as programs do, by column. */
    readonly formats: ReadonlyMap<string, NumberFormat>;
  },
): CellFault[] {
  return records.flatMap((record, row) =>
    inputs.flatMap(({ name, type }) => {
      const cell = record[name];
      if (type === 'image') {
        return cell instanceof UnreadableImage
          ? [{ row, column: name, value: cell.cell, expected: `an image; ${cell.reason}` }]
          : [];
      }
      const text = cellText(cell, missing);
      const format = formats.get(name);
      const read = () =>
        type === 'number' ? readNumber(cell, text ?? '', format) : READERS[type](text ?? '');
      return text === null || read() !== null || (type !== 'string' && isPlaceholder(text))
        ? []
        : [{ row, column: name, value: cell, expected: EXPECTED[type] }];
    }),
  );
}

/** Columns that are missing in all records, and columns that nobody asked for. */
export function describeColumns(
  records: readonly RawRecord[],
  inputs: readonly InputColumn[],
): string[] {
  const known = new Set(inputs.map(({ name }) => name));
  const given = new Set(records.flatMap((record) => Object.keys(record)));
  return [
    ...[...known]
      .filter((name) => !given.has(name))
      .map((name) => `column '${name}' is missing: imputed`),
    ...[...given]
      .filter((name) => !known.has(name))
      .map((name) => `column '${name}' is unknown: ignored`),
  ];
}

/** Values of a column that are none of its levels, each once, and what they are taken as. */
export function describeUnseen(
  records: readonly RawRecord[],
  {
    column,
    levels,
    missing,
    taken,
  }: {
    readonly column: string;
    readonly levels: Pick<ReadonlyMap<string, number>, 'has'>;
    readonly missing: ReadonlySet<string>;
    readonly taken: string;
  },
): string[] {
  const unseen = new Set<string>();
  for (const record of records) {
    const text = cellText(record[column], missing);
    if (text !== null && !levels.has(levelName(text))) unseen.add(levelName(text));
  }
  return [...unseen].map((value) => `column '${column}' has the unseen value '${value}': ${taken}`);
}

type TextType = Exclude<InputColumn['type'], 'image'>;

const READERS: Record<Exclude<TextType, 'number'>, (text: string) => unknown> = {
  boolean: parseBoolean,
  datetime: parseDate,
  string: (text) => text,
};

const EXPECTED: Record<TextType, string> = {
  number: 'a number',
  boolean: 'true or false',
  datetime: 'a date such as 2026-01-31 or 2026-01-31T12:00:00Z',
  string: 'text',
};
