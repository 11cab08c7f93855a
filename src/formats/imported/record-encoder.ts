import { cellText, levelName, parseBoolean, parseDate } from '../../ml/data/cell.ts';
import { datePart } from '../../ml/data/date-part.ts';
import type { ImagePlace } from '../../ml/data/images/image-bytes.ts';
import { Pixels, readImages, UnreadableImage } from '../../ml/data/images/read-images.ts';
import {
  type CellFault,
  describeColumns,
  describeUnseen,
  findCellFaults,
} from '../../ml/data/record-faults.ts';
import { readNumber } from '../../ml/data/written-number.ts';
import { describeSize, valuesIn } from '../../schemas/image.ts';
import type { ColumnEncoding, TensorInput } from '../../schemas/imported-model.ts';
import type { InputColumn } from '../../schemas/model-package.ts';
import type { Feed } from './foreign-runtime.ts';

type RawRecord = Readonly<Record<string, unknown>>;
type Named = TensorInput & { readonly tensor: string };
type Encoding<As extends ColumnEncoding['as']> = Extract<ColumnEncoding, { as: As }>;

/** Values that a column gives a row. */
export function widthOf(encoding: ColumnEncoding): number {
  switch (encoding.as) {
    case 'one-hot':
      return encoding.levels.length + Number(encoding.other) + Number(encoding.missing);
    case 'image':
      return valuesIn(encoding);
    default:
      return 1;
  }
}

/** Raw records to what a foreign model's tensors are given, by its mapping. */
export class RecordEncoder {
  /** What raw records hold. */
  readonly inputs: InputColumn[];
  readonly #tensors: readonly Named[];
  readonly #columns: readonly ColumnEncoding[];
  readonly #missing: ReadonlySet<string>;
  readonly #codes: ReadonlyMap<ColumnEncoding, ReadonlyMap<string, number>>;

  constructor(tensors: readonly Named[], missing: readonly string[]) {
    this.#tensors = tensors;
    this.#columns = tensors.flatMap(({ columns }) => columns);
    this.#missing = new Set(missing);
    this.inputs = [...new Map(this.#columns.map((each) => [each.column, describe(each)])).values()];
    this.#codes = new Map(
      this.#columns.flatMap((each) =>
        'levels' in each
          ? [[each, new Map(each.levels.map((level, code) => [levelName(level), code]))] as const]
          : [],
      ),
    );
  }

  /** Records with their images decoded, which `encode` needs; as they are where there are none. */
  async read(records: readonly RawRecord[], place: ImagePlace): Promise<readonly RawRecord[]> {
    const image = this.#columns.find(({ as }) => as === 'image') as Encoding<'image'> | undefined;
    return image === undefined ? records : readImages(records, image.column, image, place);
  }

  /** @param records decoded ones */
  encode(records: readonly RawRecord[]): Feed[] {
    return this.#tensors.map(({ tensor, columns }) => {
      const width = columns.reduce((sum, column) => sum + widthOf(column), 0);
      if (columns[0]?.as === 'text') {
        const texts = columns as Encoding<'text'>[];
        const values = records.flatMap((record) =>
          texts.map(({ column, missing }) => cellText(record[column], this.#missing) ?? missing),
        );
        return { tensor, width, values };
      }
      const values = new Float64Array(records.length * width);
      let at = 0;
      for (const record of records) {
        for (const column of columns) {
          this.#fill(column, record[column.column], values, at);
          at += widthOf(column);
        }
      }
      return { tensor, width, values };
    });
  }

  /** Cells that are there but that their column's encoding can't read; they would count as missing. */
  findFaults(records: readonly RawRecord[]): CellFault[] {
    const { inputs } = this;
    return findCellFaults(records, { inputs, missing: this.#missing, formats: new Map() });
  }

  /** What the mapping has to make do with: missing columns, extra columns, unseen categories. */
  describeOddities(records: readonly RawRecord[]): string[] {
    return [
      ...describeColumns(records, this.inputs),
      ...[...this.#codes].flatMap(([encoding, levels]) =>
        describeUnseen(records, {
          column: encoding.column,
          levels,
          missing: this.#missing,
          taken: takenAs(encoding),
        }),
      ),
    ];
  }

  #fill(encoding: ColumnEncoding, cell: unknown, values: Float64Array, at: number): void {
    switch (encoding.as) {
      case 'number':
      case 'boolean':
      case 'date':
        values[at] = this.#scaled(encoding, cell);
        return;
      case 'one-hot': {
        const place = this.#placeOf(encoding, cell);
        if (place !== null) values[at + place] = 1;
        return;
      }
      case 'index': {
        const text = cellText(cell, this.#missing);
        const code = text === null ? undefined : this.#codes.get(encoding)?.get(levelName(text));
        values[at] = code === undefined ? encoding.unseen : encoding.first + code;
        return;
      }
      case 'image':
        fillPixels(encoding, cell, values, at);
        return;
      case 'text':
        throw new TypeError('A tensor of numbers holds no text.');
    }
  }

  #scaled(encoding: Encoding<'number' | 'boolean' | 'date'>, cell: unknown): number {
    const text = cellText(cell, this.#missing);
    const read = text === null ? null : readScaled(encoding, cell, text);
    const value = read ?? encoding.impute ?? Number.NaN;
    return (value - encoding.shift) / encoding.scale;
  }

  /** Null where a value has no place: all zeros. */
  #placeOf(encoding: Encoding<'one-hot'>, cell: unknown): number | null {
    const { levels, other, missing } = encoding;
    const text = cellText(cell, this.#missing);
    if (text === null) return missing ? levels.length + Number(other) : null;
    return this.#codes.get(encoding)?.get(levelName(text)) ?? (other ? levels.length : null);
  }
}

function readScaled(
  encoding: Encoding<'number' | 'boolean' | 'date'>,
  cell: unknown,
  text: string,
): number | null {
  if (encoding.as === 'number') return readNumber(cell, text, undefined);
  if (encoding.as === 'boolean') {
    const value = parseBoolean(text);
    return value === null ? null : Number(value);
  }
  const time = parseDate(text);
  return time === null ? null : datePart(time, encoding.part);
}

/** A missing image is all zeros. */
function fillPixels(
  { shift, scale, order, channels }: Encoding<'image'>,
  cell: unknown,
  values: Float64Array,
  at: number,
): void {
  if (cell instanceof Pixels) {
    const plane = cell.values.length / channels;
    cell.values.forEach((value, i) => {
      const place = order === 'nhwc' ? i : (i % channels) * plane + Math.floor(i / channels);
      values[at + place] = (value - shift) / scale;
    });
  } else if (cell !== null && cell !== undefined && !(cell instanceof UnreadableImage)) {
    throw new TypeError('Images are read before they are encoded.');
  }
}

const takenAs = (encoding: ColumnEncoding): string => {
  if (encoding.as === 'index') return `taken as ${encoding.unseen}`;
  return encoding.as === 'one-hot' && encoding.other ? "taken as 'other'" : 'no category';
};

function describe(encoding: ColumnEncoding): InputColumn {
  const { column: name } = encoding;
  switch (encoding.as) {
    case 'number':
      return { name, type: 'number', description: `missing: ${encoding.impute ?? 'NaN'}` };
    case 'boolean':
      return { name, type: 'boolean', description: 'true or false' };
    case 'date':
      return { name, type: 'datetime', description: 'ISO 8601' };
    case 'text':
      return { name, type: 'string', description: 'text' };
    case 'image': {
      const description = `path or base64; decoded to ${describeSize(encoding)}`;
      return { name, type: 'image', description };
    }
    default: {
      const shown = encoding.levels.slice(0, 10).join(', ');
      const more = encoding.levels.length > 10 ? `, … (${encoding.levels.length})` : '';
      return { name, type: 'string', description: `one of ${shown}${more}` };
    }
  }
}
