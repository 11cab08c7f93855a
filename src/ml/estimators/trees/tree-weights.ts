import type { Tree } from '../../lightgbm/tree.ts';
import type { NamedArray, Weights } from '../../weights.ts';

/** Trees in the order in which they are summed: tree i belongs to output i mod `base.length`. */
export interface TreeEnsemble {
  /** [outputs]: what stands before the first tree. */
  readonly base: Float64Array;
  readonly trees: readonly Tree[];
}

/** Arrays of all trees, one tree after another; `nodes`, `leaves` and `words` count each tree's. */
export function toWeights({ base, trees }: TreeEnsemble): Weights {
  const counts = (count: (tree: Tree) => number) => Int32Array.from(trees, count);
  const ints = (pick: (tree: Tree) => Int32Array) => concatenate(trees.map(pick), Int32Array);
  const floats = (pick: (tree: Tree) => Float64Array) => concatenate(trees.map(pick), Float64Array);
  return [
    named('base', base),
    named(
      'nodes',
      counts(({ feature }) => feature.length),
    ),
    named(
      'leaves',
      counts(({ value }) => value.length),
    ),
    named(
      'words',
      counts(({ sets }) => sets.length),
    ),
    named(
      'feature',
      ints(({ feature }) => feature),
    ),
    named(
      'threshold',
      floats(({ threshold }) => threshold),
    ),
    named(
      'kind',
      ints(({ kind }) => kind),
    ),
    named(
      'left',
      ints(({ left }) => left),
    ),
    named(
      'right',
      ints(({ right }) => right),
    ),
    named(
      'value',
      floats(({ value }) => value),
    ),
    named(
      'sets',
      ints(({ sets }) => sets),
    ),
  ];
}

export function fromWeights(weights: Weights): TreeEnsemble {
  const arrays = new Map(weights.map(({ name, values }) => [name, values]));
  const ints = (name: string) => arrays.get(name) as Int32Array;
  const floats = (name: string) => arrays.get(name) as Float64Array;
  let node = 0;
  let leaf = 0;
  let word = 0;
  const trees = Array.from(ints('nodes'), (nodes, index): Tree => {
    const from = { node, leaf, word };
    node += nodes;
    leaf += ints('leaves')[index] as number;
    word += ints('words')[index] as number;
    return {
      feature: ints('feature').subarray(from.node, node),
      threshold: floats('threshold').subarray(from.node, node),
      kind: ints('kind').subarray(from.node, node),
      left: ints('left').subarray(from.node, node),
      right: ints('right').subarray(from.node, node),
      value: floats('value').subarray(from.leaf, leaf),
      sets: ints('sets').subarray(from.word, word),
    };
  });
  return { base: floats('base'), trees };
}

const named = (name: string, values: NamedArray['values']): NamedArray => ({
  name,
  shape: [values.length],
  values,
});

function concatenate<T extends Int32Array | Float64Array>(
  parts: readonly T[],
  Kind: new (length: number) => T,
): T {
  const all = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
