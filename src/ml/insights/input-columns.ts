import { describeSize, valuesIn } from '../../schemas/image.ts';
import type { Transform, TransformOperation } from '../../schemas/transform.ts';
import type { FeatureEncoding } from '../data/densify.ts';
import { FittedTransform, namesOfLevels } from '../data/fitted-transform.ts';
import { unbend } from '../data/signed-log.ts';

/** A raw column, and where it lies among a model's inputs. */
export interface InputColumnPlaces {
  readonly column: string;
  readonly places: readonly number[];
}

/** Where each raw column lies among the inputs in this encoding. */
export function placesOfColumns(
  transform: Transform,
  encoding: FeatureEncoding,
): InputColumnPlaces[] {
  const places = new Map<string, number[]>();
  for (const { operation, start, size } of blocksOf(transform, encoding)) {
    const own = places.get(operation.column) ?? [];
    for (let i = 0; i < size; i++) own.push(start + i);
    places.set(operation.column, own);
  }
  return [...places].map(([column, own]) => ({ column, places: own }));
}

/** The columns of one row [width] in this encoding, as far as the inputs tell of them. */
export function describeRow(
  transform: Transform,
  row: Float32Array,
  encoding: FeatureEncoding,
): Record<string, string> {
  const names = new FittedTransform(transform).featureNames;
  const record: Record<string, string> = {};
  for (const { operation, start, size } of blocksOf(transform, encoding)) {
    if (operation.kind === 'categorical') {
      // NaN, for no category, is no index either.
      const code = encoding === 'codes' ? row[start] : row.subarray(start, start + size).indexOf(1);
      const name = namesOfLevels(operation)[code as number];
      record[operation.column] = name?.slice(operation.column.length + 1) ?? '(none)';
      continue;
    }
    if (operation.kind === 'text') {
      record[operation.column] = describeTerms(operation.terms, row.subarray(start, start + size));
      continue;
    }
    if (operation.kind === 'image') {
      record[operation.column] = `(image, ${describeSize(operation)})`;
      continue;
    }
    const unscaled = (row[start] as number) * operation.scale + operation.shift;
    const value = operation.kind === 'numeric' ? unbend(unscaled, operation) : unscaled;
    const name = names[start] as string; // numbers stand in the same places in both encodings
    if (operation.kind === 'target') {
      record[name] = `(category with ${Number(value.toPrecision(3))})`;
      continue;
    }
    if (Number.isNaN(value)) {
      record[name] = '(missing)';
      continue;
    }
    record[name] =
      operation.kind === 'boolean'
        ? String(Math.round(value) === 1)
        : String(Number(value.toPrecision(6)));
  }
  return record;
}

/** Terms in a text, those that weigh most first. */
function describeTerms(terms: readonly string[], values: Float32Array): string {
  const found = [...values.keys()].filter((place) => values[place] !== 0);
  found.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  const shown = found.slice(0, MOST_TERMS).map((place) => terms[place]);
  return shown.length === 0 ? '(no known words)' : `(text with: ${shown.join(', ')})`;
}

/** Of a text, to be shown. */
const MOST_TERMS = 8;

/**
 * The image comes first, then numbers, then the terms of texts, then each category: a block of its
 * levels, or its code.
 */
function blocksOf({ operations }: Transform, encoding: FeatureEncoding) {
  const placeOf = ({ kind }: TransformOperation) =>
    kind === 'image' ? 0 : kind === 'categorical' ? 3 : kind === 'text' ? 2 : 1;
  const ordered = operations.toSorted((a, b) => placeOf(a) - placeOf(b));
  let start = 0;
  return ordered.map((operation) => {
    const size = sizeOf(operation, encoding);
    const block = { operation, start, size };
    start += size;
    return block;
  });
}

function sizeOf(operation: TransformOperation, encoding: FeatureEncoding): number {
  if (operation.kind === 'image') return valuesIn(operation);
  if (operation.kind === 'text') return operation.terms.length;
  return operation.kind === 'categorical' && encoding === 'one-hot'
    ? namesOfLevels(operation).length
    : 1;
}
