import { InputError } from '../../../errors.ts';
import { type FittedTransform, namesOfLevels } from '../../../ml/data/fitted-transform.ts';
import type { Weights } from '../../../ml/weights.ts';
import type { ColumnEncoding, ImportedPackage } from '../../../schemas/imported-model.ts';
import type { PreparedData } from '../../../schemas/prepared-data.ts';
import type { TransformOperation } from '../../../schemas/transform.ts';
import { widthOf } from '../record-encoder.ts';
import type { ChainLayer, DenseChain } from './dense-chain.ts';

/** A value of the imported model's input, as a sum over our features, and a constant. */
interface Combination {
  readonly terms: readonly { readonly feature: number; readonly factor: number }[];
  readonly constant: number;
}

/**
 * Weights of our MLP over prepared features that say what the imported model says of raw records:
 * statistics, levels, the order of classes and units of the target are worked into its first and last
 * layers. Features that it does not know begin without influence.
 */
export function startingWeights(
  chain: DenseChain,
  { imported, problem: theirs }: ImportedPackage,
  transform: FittedTransform,
  { problem, targetScale }: Pick<PreparedData, 'problem' | 'targetScale'>,
): Weights {
  const encodings = imported.inputs.flatMap(({ columns }) => columns);
  const combinations = encodings.flatMap((encoding) => combine(encoding, transform));
  const [first, ...others] = chain.layers as [ChainLayer, ...ChainLayer[]];
  const layers = [overFeatures(first, combinations, transform.featureNames.length), ...others];
  const last = layers.at(-1) as ChainLayer;
  const { holds, units } = imported.output;
  layers[layers.length - 1] =
    problem.task === 'regression'
      ? toTargetScale(last, unitsOf(chain, units), targetScale)
      : toClasses(last, chain.output, theirs.classes, problem.classes);
  if (holds === 'logits' && chain.output !== 'linear') {
    throw unfit('output.holds', holds, 'probabilities, which its last layer gives');
  }
  return [
    ...layers.map(({ kernel, units: width }, i) => ({
      name: `layers.${i}.kernel`,
      shape: [kernel.length / width, width],
      values: Float32Array.from(kernel),
    })),
    ...layers.map(({ bias, units: width }, i) => ({
      name: `layers.${i}.bias`,
      shape: [width],
      values: Float32Array.from(bias),
    })),
  ];
}

/** The first layer over our features: theirs are sums of ours. */
function overFeatures(
  { kernel, bias, units }: ChainLayer,
  combinations: readonly Combination[],
  width: number,
): ChainLayer {
  const ours = new Float64Array(width * units);
  const constants = bias.slice();
  combinations.forEach(({ terms, constant }, input) => {
    for (let unit = 0; unit < units; unit++) {
      const weight = kernel[input * units + unit] as number;
      constants[unit] = (constants[unit] as number) + constant * weight;
      for (const { feature, factor } of terms) {
        const at = feature * units + unit;
        ours[at] = (ours[at] as number) + factor * weight;
      }
    }
  });
  return { units, kernel: ours, bias: constants };
}

/** What a column gives the imported model, in terms of our features. */
function combine(encoding: ColumnEncoding, transform: FittedTransform): Combination[] {
  const { operations } = transform.document;
  const { column } = encoding;
  if (!operations.some((operation) => operation.column === column)) {
    throw unfit('startFrom', column, 'columns that the prepared data has as features');
  }
  switch (encoding.as) {
    case 'number':
    case 'boolean':
    case 'date': {
      const found = operations.find((each) => isAlike(each, encoding));
      if (found === undefined || !('impute' in found)) throw otherType(encoding);
      const name = encoding.as === 'date' ? `${column}.${encoding.part}` : column;
      const feature = transform.featureNames.indexOf(name);
      const factor = found.scale / encoding.scale;
      const constant = (found.shift - encoding.shift) / encoding.scale;
      return [{ terms: [{ feature, factor }], constant }];
    }
    case 'one-hot':
      return combineLevels(encoding, transform);
    default:
      throw otherType(encoding);
  }
}

function isAlike(operation: TransformOperation, encoding: ColumnEncoding): boolean {
  if (operation.column !== encoding.column) return false;
  switch (encoding.as) {
    case 'number':
      return (
        operation.kind === 'numeric' &&
        !operation.log &&
        operation.power === undefined &&
        operation.clip === undefined
      );
    case 'boolean':
      return operation.kind === 'boolean';
    case 'date':
      return operation.kind === 'date' && operation.part === encoding.part;
    default:
      return false;
  }
}

/** One of their places is one of our levels, or the sum of those that they have no place for. */
function combineLevels(
  encoding: Extract<ColumnEncoding, { as: 'one-hot' }>,
  transform: FittedTransform,
): Combination[] {
  const { column, levels, other, missing } = encoding;
  const operation = transform.document.operations.find(
    (each) => each.column === column && each.kind === 'categorical',
  );
  if (operation?.kind !== 'categorical' || operation.hash !== undefined) throw otherType(encoding);
  const start = transform.featureNames.indexOf(namesOfLevels(operation)[0] as string);
  const sumOf = (places: readonly number[]): Combination => ({
    terms: places.map((place) => ({ feature: start + place, factor: 1 })),
    constant: 0,
  });
  const placeOf = (level: string) => {
    const place = operation.levels.indexOf(level);
    // A level that our training rows do not have, or not often, has no place of its own.
    return place < 0 ? [] : [place];
  };
  const strange = operation.levels.flatMap((level, place) =>
    levels.includes(level) ? [] : [place],
  );
  const ourOther = operation.levels.length;
  const ourMissing = ourOther + Number(operation.other);
  return [
    ...levels.map((level) => sumOf(placeOf(level))),
    ...(other ? [sumOf([...strange, ...(operation.other ? [ourOther] : [])])] : []),
    ...(missing ? [sumOf(operation.missing ? [ourMissing] : [])] : []),
  ].slice(0, widthOf(encoding));
}

type Units = ImportedPackage['imported']['output']['units'];

/** How scores of the last layer become the target. */
function unitsOf({ output }: DenseChain, units: Units): Units {
  if (output === 'linear') return units;
  const isPlain = !units.log && units.shift === 0 && units.scale === 1;
  if (output === 'expm1' && isPlain) return { ...units, log: true };
  throw unfit('startFrom', `'${output}' of the last layer`, 'a last layer that is linear');
}

const describeScale = ({ log, power }: Pick<Units, 'log' | 'power'>): string | undefined =>
  log ? 'log' : power === undefined ? undefined : `power of ${power}`;

/** The last layer in the scale that our targets are trained in. */
function toTargetScale(
  { kernel, bias, units }: ChainLayer,
  theirs: Units,
  ours: PreparedData['targetScale'],
): ChainLayer {
  if (theirs.log !== ours.log || theirs.power !== ours.power) {
    throw unfit(
      'preprocess.targetScale',
      describeScale(ours) ?? 'standard',
      `the scale of the imported model: ${describeScale(theirs) ?? 'standard or none'}`,
    );
  }
  return {
    units,
    kernel: kernel.map((value) => (value * theirs.scale) / ours.scale),
    bias: bias.map((value) => (value * theirs.scale + theirs.shift - ours.shift) / ours.scale),
  };
}

/** Scores of our classes in their order; a single score is that of the last class. */
function toClasses(
  layer: ChainLayer,
  output: DenseChain['output'],
  theirs: readonly string[],
  ours: readonly string[],
): ChainLayer {
  const stray = ours.find((name) => !theirs.includes(name));
  if (stray !== undefined || ours.length !== theirs.length) {
    throw unfit('data', ours.join(', '), `the classes of the imported model: ${theirs.join(', ')}`);
  }
  const { kernel, bias, units } = layer;
  const isSingle = units === 1;
  if (output === 'expm1') throw unfit('startFrom', 'exponential of classes', 'softmax or sigmoid');
  if (output === 'sigmoid' && !isSingle) {
    throw unfit(
      'startFrom',
      `sigmoid of ${units} outputs`,
      'softmax, or one output of two classes',
    );
  }
  // The logistic function of a score is the softmax of 0 and the score.
  const columnOf = (name: string) => (isSingle ? theirs.indexOf(name) - 1 : theirs.indexOf(name));
  const columns = ours.map(columnOf);
  const pick = (values: Float64Array) =>
    Float64Array.from({ length: (values.length / units) * columns.length }, (_, i) => {
      const column = columns[i % columns.length] as number;
      return column < 0 ? 0 : (values[Math.floor(i / columns.length) * units + column] as number);
    });
  return { units: columns.length, kernel: pick(kernel), bias: pick(bias) };
}

const otherType = ({ column, as }: ColumnEncoding): InputError =>
  unfit(
    `columns.types.${column}`,
    as,
    'the form that the imported model takes: number, boolean, date part or one-hot; not bent, cut or encoded otherwise',
  );

const unfit = (field: string, value: string, expected: string): InputError =>
  new InputError({
    code: 'UnfitStartingPoint',
    field,
    value,
    expected,
    remedy: 'Change the job, or leave out startFrom.',
  });
