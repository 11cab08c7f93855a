import type { ExportedTensor } from '../schemas/model-export.ts';
import { outputsOf } from './network.ts';
import type { PortableModel } from './portable-model.ts';

/** Name of the one output in every format that has names; no column is called so. */
export function outputNameOf({ transform }: PortableModel): string {
  const columns = new Set(transform.inputs.map(({ name }) => name));
  let name = 'output';
  while (columns.has(name)) name += '_';
  return name;
}

/** Name of the one input of formats that take features. */
export const FEATURES_NAME = 'features';

export const featuresTensor = ({ network }: PortableModel): ExportedTensor => ({
  name: FEATURES_NAME,
  dtype: 'float32',
  shape: [null, network.width],
  description: 'what transform.json makes of raw records, in the order of `features`',
});

export function outputTensor(model: PortableModel): ExportedTensor {
  const { task, target } = model.package.problem;
  return {
    name: outputNameOf(model),
    dtype: 'float32',
    shape: [null, outputsOf(model.network)],
    description:
      task === 'regression'
        ? `${target}, in original units`
        : `the probability of each class of ${target}, in the order of \`classes\``,
  };
}
