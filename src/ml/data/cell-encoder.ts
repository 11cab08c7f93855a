import { cellText, parseDate, parseNumber } from './cell.ts';
import { CellMemo } from './cell-memo.ts';
import { datePart } from './date-part.ts';
import {
  type EncodedRows,
  type FittedTransform,
  type HeldOut,
  type Scaled,
  scaleValue,
} from './fitted-transform.ts';
import { readDecimal } from './plain-decimal.ts';
import type { TextEncoder } from './text/encode-text.ts';
import { type TextCells, textOf } from './text-cells.ts';

/** Cells of one column, of the rows that are encoded: that of the first row is at `field + firsts[0]`. */
interface Column extends Pick<TextCells, 'bytes' | 'starts' | 'ends'> {
  readonly field: number;
  /** [rows] */
  readonly firsts: Int32Array;
}

/** The cells of a column that the table lacks are empty. */
const NONE = { starts: new Int32Array(1), ends: new Int32Array(1), field: 0 };

/** What is made of a column. */
interface Encoding {
  readonly column: string;
  /** @param into [rows, width] */
  encode(cells: Column, into: Float32Array | Int32Array, width: number, held?: HeldOut): void;
}

/** Encodes rows of text by their cells' bytes, to the bits that `FittedTransform.encode` gives. */
export class CellEncoder {
  readonly #transform: FittedTransform;
  readonly #numeric: readonly Encoding[];
  readonly #codes: readonly Encoding[];
  /** What is given, again and again: memory outside the heap has it collected all the time. */
  #encoded: EncodedRows = { rows: 0, numeric: new Float32Array(0), codes: new Int32Array(0) };

  /** @param transform without images: these are no text */
  constructor(transform: FittedTransform) {
    this.#transform = transform;
    const { scaled, texts, categorical } = transform;
    let at = scaled.length;
    this.#numeric = [
      ...scaled.flatMap((operation, place) => encodeScaled(transform, operation, place)),
      ...texts.map((text) => {
        at += text.width;
        return encodeText(transform, text, at - text.width);
      }),
    ];
    this.#codes = categorical.map(({ column }, place) =>
      encodeEach(column, place, (text) => transform.codeOf(place, text)),
    );
  }

  /**
   * @param rows those to encode, by their place in the cells
   * @param held for rows that were fitted on: what others than those of their fold say
   * @returns what stays as it is until the next call
   */
  encode(
    cells: TextCells,
    columns: readonly string[],
    rows: readonly number[],
    held?: HeldOut,
  ): EncodedRows {
    const { numeric: width, categories } = this.#transform.layout;
    if (this.#encoded.rows < rows.length) {
      this.#encoded = {
        rows: rows.length,
        numeric: new Float32Array(rows.length * width),
        codes: new Int32Array(rows.length * categories.length),
      };
    }
    const numeric = this.#encoded.numeric.subarray(0, rows.length * width);
    const codes = this.#encoded.codes.subarray(0, rows.length * categories.length);
    // Of texts, the terms that do not occur are left as they are.
    if (this.#transform.hasTexts) numeric.fill(0);
    const { bytes, fields, starts, ends } = cells;
    const firsts = Int32Array.from(rows, (row) => row * fields);
    const none = { ...NONE, bytes, firsts: new Int32Array(rows.length) };
    const of = (column: string): Column => {
      const field = columns.indexOf(column);
      return field < 0 ? none : { bytes, starts, ends, field, firsts };
    };
    for (const each of this.#numeric) each.encode(of(each.column), numeric, width, held);
    for (const each of this.#codes) each.encode(of(each.column), codes, categories.length);
    return { rows: rows.length, numeric, codes };
  }
}

function encodeScaled(transform: FittedTransform, operation: Scaled, at: number): Encoding[] {
  const { column } = operation;
  switch (operation.kind) {
    case 'numeric':
      return [encodeNumbers(transform, operation, at)];
    case 'boolean':
      return [encodeEach(column, at, (text) => transform.scale(operation, text))];
    case 'target':
      return [encodeMeans(transform, operation, at)];
    case 'date': {
      // All parts at once, at the place of the first.
      const parts = transform.scaled.filter(
        (other) => other.kind === 'date' && other.column === column,
      );
      return parts[0] === operation ? [encodeDates(transform, parts as DatePart[])] : [];
    }
  }
}

/** One number a cell, by its text alone. */
function encodeEach(column: string, at: number, read: (text: string) => number): Encoding {
  const memo = new CellMemo(read);
  return {
    column,
    encode({ bytes, starts, ends, field, firsts }, into, width) {
      for (let row = 0, to = at; row < firsts.length; row++, to += width) {
        const cell = field + (firsts[row] as number);
        into[to] = memo.of(bytes, starts[cell] as number, ends[cell] as number);
      }
    },
  };
}

function encodeNumbers(
  transform: FittedTransform,
  operation: Extract<Scaled, { kind: 'numeric' }>,
  at: number,
): Encoding {
  const memo = new CellMemo((text) => transform.scale(operation, text));
  // Decimals may be written otherwise than programs do, or be missing values, if the job says so.
  const arePlain =
    operation.format === undefined &&
    transform.document.missing.every((text) => parseNumber(text) === null);
  const { shift, scale, clip, log, power } = operation;
  const isStraight = clip === undefined && log === undefined && power === undefined;
  const scaled = (value: number) =>
    isStraight ? (value - shift) / scale : scaleValue(value, operation);
  return {
    column: operation.column,
    encode({ bytes, starts, ends, field, firsts }, into, width) {
      for (let row = 0, to = at; row < firsts.length; row++, to += width) {
        const cell = field + (firsts[row] as number);
        const start = starts[cell] as number;
        const end = ends[cell] as number;
        const value = arePlain ? readDecimal(bytes, start, end) : Number.NaN;
        into[to] = Number.isNaN(value) ? memo.of(bytes, start, end) : scaled(value);
      }
    },
  };
}

type DatePart = Extract<Scaled, { kind: 'date' }>;

function encodeDates(transform: FittedTransform, parts: readonly DatePart[]): Encoding {
  const places = parts.map((part) => transform.scaled.indexOf(part));
  const memo = new CellMemo((cell) => {
    const text = cellText(cell, transform.missing);
    const time = text === null ? null : parseDate(text);
    return Float32Array.from(parts, (operation) =>
      time === null ? Number.NaN : scaleValue(datePart(time, operation.part), operation),
    );
  });
  return {
    column: parts[0]?.column ?? '',
    encode({ bytes, starts, ends, field, firsts }, into, width) {
      for (let row = 0; row < firsts.length; row++) {
        const cell = field + (firsts[row] as number);
        const values = memo.of(bytes, starts[cell] as number, ends[cell] as number);
        for (let part = 0; part < places.length; part++) {
          into[row * width + (places[part] as number)] = values[part] as number;
        }
      }
    },
  };
}

function encodeMeans(
  transform: FittedTransform,
  operation: Extract<Scaled, { kind: 'target' }>,
  at: number,
): Encoding {
  const memo = new CellMemo((text) => transform.placeOf(at, text));
  return {
    column: operation.column,
    encode({ bytes, starts, ends, field, firsts }, into, width, held) {
      for (let row = 0; row < firsts.length; row++) {
        const cell = field + (firsts[row] as number);
        const place = memo.of(bytes, starts[cell] as number, ends[cell] as number);
        into[row * width + at] = transform.meanOf(operation, place, held?.means(operation, row));
      }
    },
  };
}

function encodeText(transform: FittedTransform, text: TextEncoder, at: number): Encoding {
  return {
    column: text.operation.column,
    encode({ bytes, starts, ends, field, firsts }, into, width) {
      for (let row = 0; row < firsts.length; row++) {
        const cell = field + (firsts[row] as number);
        const value = textOf(bytes, starts[cell] as number, ends[cell] as number);
        const begin = row * width + at;
        text.encode(
          cellText(value, transform.missing),
          into.subarray(begin, begin + text.width) as Float32Array,
        );
      }
    },
  };
}
