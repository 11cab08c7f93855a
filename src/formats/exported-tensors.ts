import type { ExportedTensor } from '../schemas/model-export.ts';
import {
  encodingOf,
  featureNamesOf,
  outputsOfModel,
  type PortableModel,
} from './portable-model.ts';

/** Name of the one output in every format that has names; no column is called so. */
export function outputNameOf({ transform }: PortableModel): string {
  const columns = new Set(transform.inputs.map(({ name }) => name));
  let name = 'output';
  while (columns.has(name)) name += '_';
  return name;
}

/** Name of the one input of formats that take features. */
export const FEATURES_NAME = 'features';

export const featuresTensor = (model: PortableModel): ExportedTensor => ({
  name: FEATURES_NAME,
  dtype: 'float32',
  shape: [null, featureNamesOf(model).length],
  description:
    encodingOf(model) === 'one-hot'
      ? 'what transform.json makes of raw records, in the order of `features`'
      : 'the same, a category by its code (`codes` of preprocess.py), NaN where missing',
});

export function outputTensor(model: PortableModel): ExportedTensor {
  const { task, target } = model.package.problem;
  return {
    name: outputNameOf(model),
    dtype: 'float32',
    shape: [null, outputsOfModel(model)],
    description:
      task === 'regression'
        ? `${target}, in original units`
        : `the probability of each class of ${target}, in the order of \`classes\``,
  };
}
