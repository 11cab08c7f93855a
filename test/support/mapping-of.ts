import type { z } from 'zod';
import type { FittedTransform } from '../../src/ml/data/fitted-transform.ts';
import type { ColumnEncoding, ModelMapping } from '../../src/schemas/imported-model.ts';

/** The mapping of a model that takes the features which a fitted transform makes. */
export function mappingOfFeatures(
  { document }: FittedTransform,
  problem: Pick<z.input<typeof ModelMapping>, 'target' | 'task' | 'classes' | 'positiveClass'>,
): z.input<typeof ModelMapping> {
  const columns = document.operations.map((operation): ColumnEncoding => {
    switch (operation.kind) {
      case 'numeric':
      case 'boolean': {
        const { kind, column, impute, shift, scale } = operation;
        return { as: kind === 'numeric' ? 'number' : kind, column, impute, shift, scale };
      }
      case 'categorical': {
        const { column, levels, other, missing } = operation;
        return { as: 'one-hot', column, levels, other, missing };
      }
      default:
        throw new TypeError(`no column of the kind ${operation.kind}`);
    }
  });
  return { ...problem, inputs: [{ columns }] };
}
