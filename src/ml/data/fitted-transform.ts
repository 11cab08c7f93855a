import { describeSize, type ImageSize, valuesIn } from '../../schemas/image.ts';
import type { InputColumn } from '../../schemas/model-package.ts';
import type { NumberFormat } from '../../schemas/number-format.ts';
import type { OutOfFold } from '../../schemas/preparation-state.ts';
import type { RecordLayout } from '../../schemas/prepared-data.ts';
import { Transform, type TransformOperation } from '../../schemas/transform.ts';
import { cellText, levelName, parseBoolean, parseDate } from './cell.ts';
import { datePart } from './date-part.ts';
import type { ImagePlace } from './images/image-bytes.ts';
import { Pixels, readImages, UnreadableImage } from './images/read-images.ts';
import {
  type CellFault,
  describeColumns,
  describeUnseen,
  findCellFaults,
} from './record-faults.ts';
import { bend } from './signed-log.ts';
import { TextEncoder } from './text/encode-text.ts';
import { TextMemo } from './text-memo.ts';
import { readNumber } from './written-number.ts';

type RawRecord = Readonly<Record<string, unknown>>;
type Categorical = Extract<TransformOperation, { kind: 'categorical' }>;
type ImageOperation = Extract<TransformOperation, { kind: 'image' }>;
type TextOperation = Extract<TransformOperation, { kind: 'text' }>;
export type TargetOperation = Extract<TransformOperation, { kind: 'target' }>;
export type Scaled = Exclude<TransformOperation, Categorical | ImageOperation | TextOperation>;

/** Instead of the place of a level. */
const [MISSING_LEVEL, UNKNOWN_LEVEL] = [-1, -2];

/** Rows as the model takes them, before one-hot encoding. */
export interface EncodedRows {
  readonly rows: number;
  /** [rows, layout.numeric]; NaN where a value is missing */
  readonly numeric: Float32Array;
  /** [rows, layout.categories.length]; −1 is all zeros. */
  readonly codes: Int32Array;
}

/** Means of the target that a row has no part in. */
export interface HeldOut {
  means(operation: TargetOperation, row: number): OutOfFold[number];
}

/**
 * Raw records to model inputs, with what was learnt from the training rows. Policy: a missing
 * column or cell is imputed (or takes the level "missing"); an unseen category takes the level
 * "other", or is all zeros; an extra column is ignored.
 */
export class FittedTransform {
  readonly document: Transform;
  readonly layout: RecordLayout;
  /** Name of each input after one-hot encoding. */
  readonly featureNames: readonly string[];
  /** Name of each input where a category is one, by its code. */
  readonly columnNames: readonly string[];
  /** What raw records hold. */
  readonly inputs: InputColumn[];
  /** What is done with the column of images, if there is one. */
  readonly image: ImageOperation | undefined;
  /** What makes one number of a cell, in the order of the inputs; then texts, and categories. */
  readonly scaled: readonly Scaled[];
  readonly texts: readonly TextEncoder[];
  readonly categorical: readonly Categorical[];
  readonly #codes: readonly ReadonlyMap<string, number>[];
  /** Places of the levels of operations that encode by the target, by their place among the scaled. */
  readonly #places: readonly (ReadonlyMap<string, number> | undefined)[];
  /** Texts that mean "missing", beside those that always do. */
  readonly missing: ReadonlySet<string>;
  /** Of operations on texts that come again, by their place among the scaled and the categorical. */
  readonly #scaledTexts: readonly (TextMemo<number> | undefined)[];
  readonly #codesOfTexts: readonly TextMemo<number>[];
  /** Of numbers that are not written as programs do, by column. */
  readonly formats: ReadonlyMap<string, NumberFormat>;

  constructor(document: Transform) {
    this.document = document;
    this.missing = new Set(document.missing);
    this.image = document.operations.find((operation) => operation.kind === 'image');
    this.scaled = document.operations.filter(isScaled);
    this.texts = document.operations.flatMap((operation) =>
      operation.kind === 'text' ? [new TextEncoder(operation)] : [],
    );
    this.categorical = document.operations.filter((operation) => operation.kind === 'categorical');
    this.#codes = this.categorical.map(
      ({ levels, hash }) => new Map(levels.map((level, i) => [level, hash?.codes[i] ?? i])),
    );
    this.#places = this.scaled.map((operation) =>
      operation.kind === 'target'
        ? new Map(operation.levels.map((level, place) => [level, place]))
        : undefined,
    );
    this.#scaledTexts = this.scaled.map((operation) =>
      operation.kind === 'date' || operation.kind === 'boolean'
        ? new TextMemo((text) => this.scale(operation, text))
        : undefined,
    );
    this.#codesOfTexts = this.categorical.map(
      (_, index) => new TextMemo((text) => this.codeOf(index, text)),
    );
    this.layout = {
      numeric: (this.image ? valuesIn(this.image) : 0) + this.scaled.length + this.#textWidth,
      categories: this.categorical.map((operation) => namesOfLevels(operation).length),
      imputed: [
        ...this.scaled.map((operation) => scaleValue(operation.impute, operation)),
        ...Array.from({ length: this.#textWidth }, () => 0),
      ],
      ...(this.image && { image: sizeOf(this.image) }),
      ...(this.#textWidth > 0 && { terms: this.#textWidth }),
    };
    this.featureNames = [
      ...(this.image ? namesOfPixels(this.image) : []),
      ...this.scaled.map(nameOf),
      ...this.texts.flatMap(({ operation }) => namesOfTerms(operation)),
      ...this.categorical.flatMap(namesOfLevels),
    ];
    this.columnNames = [
      ...this.featureNames.slice(0, this.layout.numeric),
      ...this.categorical.map(({ column }) => column),
    ];
    this.inputs = describeInputs(document.operations);
    this.formats = new Map(
      document.operations.flatMap((operation) =>
        operation.kind === 'numeric' && operation.format !== undefined
          ? [[operation.column, operation.format] as const]
          : [],
      ),
    );
  }

  /** Reads a stored transform. */
  static parse(document: unknown): FittedTransform {
    return new FittedTransform(Transform.parse(document));
  }

  /** Records with their images decoded, which `encode` needs; as they are where there are none. */
  async read(records: readonly RawRecord[], place: ImagePlace): Promise<readonly RawRecord[]> {
    const { image } = this;
    return image === undefined ? records : readImages(records, image.column, image, place);
  }

  /** @param held for rows that were fitted on: what others than those of their fold say */
  encode(records: readonly RawRecord[], held?: HeldOut): EncodedRows {
    const { numeric: width, categories } = this.layout;
    const numeric = new Float32Array(records.length * width);
    const codes = new Int32Array(records.length * categories.length);
    const pixels = width - this.scaled.length - this.#textWidth;
    records.forEach((record, row) => {
      const start = row * width;
      if (this.image) {
        const values = scalePixels(this.image, record[this.image.column]);
        if (values) numeric.set(values, start);
      }
      this.scaled.forEach((operation, index) => {
        const cell = record[operation.column];
        numeric[start + pixels + index] =
          operation.kind === 'target'
            ? this.meanOf(operation, this.placeOf(index, cell), held?.means(operation, row))
            : this.#number(operation, index, cell);
      });
      let at = start + pixels + this.scaled.length;
      for (const text of this.texts) {
        const cell = cellText(record[text.operation.column], this.missing);
        text.encode(cell, numeric.subarray(at, at + text.width));
        at += text.width;
      }
      this.categorical.forEach(({ column }, index) => {
        const cell = record[column];
        const memo = typeof cell === 'string' ? this.#codesOfTexts[index] : undefined;
        codes[row * categories.length + index] =
          memo?.of(cell as string) ?? this.codeOf(index, cell);
      });
    });
    return { rows: records.length, numeric, codes };
  }

  /** Cells that are there but that their column's type can't read; they would count as missing. */
  findFaults(records: readonly RawRecord[]): CellFault[] {
    const { inputs, formats } = this;
    return findCellFaults(records, { inputs, formats, missing: this.missing });
  }

  /** What the policy had to do: missing columns, extra columns, unseen categories. */
  describeOddities(records: readonly RawRecord[]): string[] {
    const missing = this.missing;
    const oddities = [
      ...describeColumns(records, this.inputs),
      ...this.scaled.flatMap(({ column }, index) => {
        const levels = this.#places[index];
        const taken = 'taken as the mean of all';
        return levels === undefined
          ? []
          : describeUnseen(records, { column, levels, missing, taken });
      }),
      ...this.categorical.flatMap(({ column, other }, index) => {
        const levels = this.#codes[index] as ReadonlyMap<string, number>;
        const taken = other ? "taken as 'other'" : 'no category';
        return describeUnseen(records, { column, levels, missing, taken });
      }),
    ];
    return [...new Set(oddities)];
  }

  /** Whether there are columns of free text. */
  get hasTexts(): boolean {
    return this.texts.length > 0;
  }

  get #textWidth(): number {
    return this.texts.reduce((sum, { width }) => sum + width, 0);
  }

  /** Place of a cell among the levels of the scaled operation at `index`. */
  placeOf(index: number, cell: unknown): number {
    const text = cellText(cell, this.missing);
    if (text === null) return MISSING_LEVEL;
    return this.#places[index]?.get(levelName(text)) ?? UNKNOWN_LEVEL;
  }

  /** Mean of the target where a cell has a level, scaled. */
  meanOf(operation: TargetOperation, place: number, held: OutOfFold[number] | undefined): number {
    const { values, missing } = held ?? operation;
    if (place === MISSING_LEVEL) return scaleValue(missing, operation);
    const mean = place === UNKNOWN_LEVEL ? (held?.otherwise ?? operation.impute) : values[place];
    return scaleValue(mean as number, operation);
  }

  #number(operation: Exclude<Scaled, TargetOperation>, index: number, cell: unknown): number {
    const memo = typeof cell === 'string' ? this.#scaledTexts[index] : undefined;
    return memo?.of(cell as string) ?? this.scale(operation, cell);
  }

  /** A cell as a model's input; NaN where it is missing. */
  scale(operation: Exclude<Scaled, TargetOperation>, value: unknown): number {
    const text = cellText(value, this.missing);
    const read = text === null ? null : readScaled(operation, text, value);
    return read === null ? Number.NaN : scaleValue(read, operation);
  }

  /** The code of a cell by the category at `index`. */
  codeOf(index: number, cell: unknown): number {
    const operation = this.categorical[index] as Categorical;
    const { other, missing } = operation;
    const places = placesOfLevels(operation);
    const text = cellText(cell, this.missing);
    if (text === null) return missing ? places + (other ? 1 : 0) : -1;
    return this.#codes[index]?.get(levelName(text)) ?? (other ? places : -1);
  }
}

export const isScaled = (operation: TransformOperation): operation is Scaled =>
  operation.kind !== 'categorical' && operation.kind !== 'image' && operation.kind !== 'text';

/** Names like `remark~free`. */
const namesOfTerms = ({ column, terms }: TextOperation): string[] =>
  terms.map((term) => `${column}~${term}`);

/** Clipped, bent and scaled, as far as the operation does so. */
export function scaleValue(value: number, operation: Scaled): number {
  const numeric = operation.kind === 'numeric' ? operation : NEITHER;
  const { clip } = numeric;
  const within = clip === undefined ? value : Math.min(Math.max(value, clip.low), clip.high);
  return (bend(within, numeric) - operation.shift) / operation.scale;
}

const NEITHER: { log?: undefined; power?: undefined; clip?: undefined } = {};

const sizeOf = ({ height, width, channels }: ImageOperation): ImageSize => ({
  height,
  width,
  channels,
});

/** Undefined where there is no image: all zeros. */
function scalePixels({ shift, scale }: ImageOperation, cell: unknown): Float32Array | undefined {
  if (cell instanceof Pixels) {
    return Float32Array.from(cell.values, (value) => (value - shift) / scale);
  }
  if (cell === null || cell === undefined || cell instanceof UnreadableImage) return undefined;
  throw new TypeError('Images are read before they are encoded.');
}

/** Names like `image[3,17]`, with the channel where there are colours. */
function namesOfPixels({ column, height, width, channels }: ImageOperation): string[] {
  return Array.from({ length: height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const place = `${Math.floor(pixel / width)},${pixel % width}`;
    return `${column}[${channels === 1 ? place : `${place},${i % channels}`}]`;
  });
}

function readScaled(
  operation: Exclude<Scaled, TargetOperation>,
  text: string,
  value: unknown,
): number | null {
  switch (operation.kind) {
    case 'numeric':
      return readNumber(value, text, operation.format);
    case 'boolean': {
      const value = parseBoolean(text);
      return value === null ? null : Number(value);
    }
    case 'date': {
      const time = parseDate(text);
      return time === null ? null : datePart(time, operation.part);
    }
  }
}

/** Names like `joined.year`, `city~target` and `city~share of=blue`. */
function nameOf(operation: Scaled): string {
  const { kind, column } = operation;
  if (kind === 'date') return `${column}.${operation.part}`;
  if (kind !== 'target') return column;
  return operation.class === undefined
    ? `${column}~target`
    : `${column}~share of=${operation.class}`;
}

/** Places that levels have, without those of other and missing values. */
export const placesOfLevels = ({ levels, hash }: Categorical): number =>
  hash?.buckets ?? levels.length;

/** Names like `city=Oslo`, or `city=#3` of a bucket, by code. */
export function namesOfLevels(operation: Categorical): string[] {
  const { column, levels, hash, other, missing } = operation;
  const names =
    hash === undefined
      ? levels.map((level) => `${column}=${level}`)
      : Array.from({ length: hash.buckets }, (_, bucket) => `${column}=#${bucket}`);
  if (other) names.push(`${column}=(other)`);
  if (missing) names.push(`${column}=(missing)`);
  return names;
}

const describeFormat = ({ decimal, unit }: NumberFormat): string =>
  `with decimal ${decimal === ',' ? 'comma' : 'point'}${unit === '' ? '' : ` and '${unit}'`}`;

function describeInputs(operations: readonly TransformOperation[]): InputColumn[] {
  const inputs = new Map<string, InputColumn>();
  for (const operation of operations) {
    const { column: name } = operation;
    if (operation.kind === 'numeric') {
      const written =
        operation.format === undefined ? '' : `; as text ${describeFormat(operation.format)}`;
      const description = `missing: ${operation.impute}${written}`;
      inputs.set(name, { name, type: 'number', description });
    } else if (operation.kind === 'image') {
      const description = `path or base64; decoded to ${describeSize(operation)}`;
      inputs.set(name, { name, type: 'image', description });
    } else if (operation.kind === 'boolean') {
      inputs.set(name, { name, type: 'boolean', description: 'true or false' });
    } else if (operation.kind === 'text') {
      const description = `free text; ${operation.terms.length} terms of it are known`;
      inputs.set(name, { name, type: 'string', description });
    } else if (operation.kind === 'target') {
      const description = `a category; ${operation.levels.length} values of it are known`;
      inputs.set(name, { name, type: 'string', description });
    } else if (operation.kind === 'date') {
      inputs.set(name, { name, type: 'datetime', description: 'ISO 8601' });
    } else {
      const shown = operation.levels.slice(0, 10).join(', ');
      const more = operation.levels.length > 10 ? `, … (${operation.levels.length})` : '';
      inputs.set(name, { name, type: 'string', description: `one of ${shown}${more}` });
    }
  }
  return [...inputs.values()];
}
