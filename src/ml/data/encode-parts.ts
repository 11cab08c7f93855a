import type { PartName } from '../../schemas/prepared-data.ts';
import { CellEncoder } from './cell-encoder.ts';
import type { FittedTransform } from './fitted-transform.ts';
import type { HeldOutRows } from './held-out-rows.ts';
import { packRecords, recordWords } from './shard-writer.ts';
import { Part } from './split.ts';
import type { TextCells } from './text-cells.ts';

/** Rows one after another: which part each belongs to, by `Part`, and what is to be predicted of it. */
export interface RowsOfParts {
  /** Of the first, counted over all rows. */
  readonly start: number;
  readonly parts: Uint8Array;
  readonly targets: Float64Array;
}

/** Records of shards, of the rows of each part. */
export type EncodedParts = Record<
  PartName,
  { readonly rows: number; readonly records: Float32Array }
>;

/** Places of the rows of a part. */
export function placesOf(name: PartName, { parts }: Pick<RowsOfParts, 'parts'>): number[] {
  const places: number[] = [];
  for (let i = 0; i < parts.length; i++) if (parts[i] === Part[name]) places.push(i);
  return places;
}

export const targetsAt = (places: readonly number[], { targets }: RowsOfParts): Float64Array =>
  new Float64Array(places.length).map((_, i) => targets[places[i] as number] as number);

/** Encodes rows of text to the records of shards. */
export class PartsEncoder {
  readonly #transform: FittedTransform;
  readonly #held: HeldOutRows;
  readonly #cells: CellEncoder;

  constructor(transform: FittedTransform, held: HeldOutRows) {
    this.#transform = transform;
    this.#held = held;
    this.#cells = new CellEncoder(transform);
  }

  encode(cells: TextCells, columns: readonly string[], of: RowsOfParts): EncodedParts {
    const encode = (name: PartName) => {
      const places = placesOf(name, of);
      const held = name === 'fit' ? this.#held.of(places.map((i) => of.start + i)) : undefined;
      const encoded = this.#cells.encode(cells, columns, places, held);
      const { layout } = this.#transform;
      const records = new Float32Array(places.length * recordWords(layout));
      packRecords(layout, encoded, targetsAt(places, of), records);
      return { rows: places.length, records };
    };
    return { fit: encode('fit'), validation: encode('validation'), test: encode('test') };
  }
}
