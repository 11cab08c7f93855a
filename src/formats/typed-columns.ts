import { cellText, levelName, parseBoolean, parseDate } from '../ml/data/cell.ts';
import type { FittedTransform } from '../ml/data/fitted-transform.ts';
import { readNumber } from '../ml/data/written-number.ts';
import type { InputColumn } from '../schemas/model-package.ts';

type RawRecord = Readonly<Record<string, unknown>>;

/** One raw column as tensors hold it: text is trimmed and '' where missing, numbers NaN. */
export type TypedColumn =
  | { readonly type: 'string'; readonly name: string; readonly values: readonly string[] }
  | {
      /** Booleans are 1 and 0; moments are milliseconds since 1970, UTC. */
      readonly type: Exclude<InputColumn['type'], 'string' | 'image'>;
      readonly name: string;
      readonly values: Float64Array;
    };

export type TypedColumns = readonly TypedColumn[];

/** Reads the cells of records by their columns' types, as predictions do. */
export function toTypedColumns(
  { inputs, document, formats }: FittedTransform,
  records: readonly RawRecord[],
): TypedColumns {
  const missing = new Set(document.missing);
  return inputs.map(({ name, type }) => {
    const texts = records.map((record) => cellText(record[name], missing));
    if (type === 'string') {
      return { type, name, values: texts.map((text) => (text === null ? '' : levelName(text))) };
    }
    if (type === 'image') throw new TypeError('Models of images are not exported.');
    const read = (text: string, row: number) =>
      type === 'number'
        ? readNumber(records[row]?.[name], text, formats.get(name))
        : READERS[type](text);
    return {
      type,
      name,
      values: Float64Array.from(texts, (text, row) =>
        text === null ? NaN : (read(text, row) ?? NaN),
      ),
    };
  });
}

const READERS = {
  datetime: parseDate,
  boolean: (text: string) => {
    const value = parseBoolean(text);
    return value === null ? null : Number(value);
  },
} as const;
