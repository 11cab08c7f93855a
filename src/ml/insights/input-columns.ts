import { describeSize, valuesIn } from '../../schemas/image.ts';
import type { Transform, TransformOperation } from '../../schemas/transform.ts';
import { FittedTransform } from '../data/fitted-transform.ts';

/** A raw column, and where it lies among a model's dense inputs. */
export interface InputColumnPlaces {
  readonly column: string;
  readonly places: readonly number[];
}

/** Where each raw column lies among the inputs, in the order of the transform. */
export function placesOfColumns(transform: Transform): InputColumnPlaces[] {
  const places = new Map<string, number[]>();
  for (const { operation, start, size } of blocksOf(transform)) {
    const own = places.get(operation.column) ?? [];
    for (let i = 0; i < size; i++) own.push(start + i);
    places.set(operation.column, own);
  }
  return [...places].map(([column, own]) => ({ column, places: own }));
}

/** The columns of one dense row [width], as far as the inputs tell of them. */
export function describeRow(transform: Transform, row: Float32Array): Record<string, string> {
  const names = new FittedTransform(transform).featureNames;
  const record: Record<string, string> = {};
  for (const { operation, start, size } of blocksOf(transform)) {
    if (operation.kind === 'categorical') {
      const hot = row.subarray(start, start + size).indexOf(1);
      const name = names[start + hot];
      record[operation.column] =
        hot < 0 || name === undefined ? '(none)' : name.slice(operation.column.length + 1);
      continue;
    }
    if (operation.kind === 'image') {
      record[operation.column] = `(image, ${describeSize(operation)})`;
      continue;
    }
    const value = (row[start] as number) * operation.scale + operation.shift;
    const name = names[start] as string;
    record[name] =
      operation.kind === 'boolean'
        ? String(Math.round(value) === 1)
        : String(Number(value.toPrecision(6)));
  }
  return record;
}

/** The image comes first, then numbers, then a block of levels for each category. */
function blocksOf({ operations }: Transform) {
  const placeOf = ({ kind }: TransformOperation) =>
    kind === 'image' ? 0 : kind === 'categorical' ? 2 : 1;
  const ordered = operations.toSorted((a, b) => placeOf(a) - placeOf(b));
  let start = 0;
  return ordered.map((operation) => {
    const size = sizeOf(operation);
    const block = { operation, start, size };
    start += size;
    return block;
  });
}

function sizeOf(operation: TransformOperation): number {
  if (operation.kind === 'image') return valuesIn(operation);
  return operation.kind === 'categorical'
    ? operation.levels.length + Number(operation.other) + Number(operation.missing)
    : 1;
}
