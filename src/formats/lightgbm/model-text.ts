import { CATEGORICAL, MISSING_LEFT, type Tree } from '../../ml/lightgbm/tree.ts';
import type { TreesModel } from '../portable-model.ts';
import type { Trees } from '../trees.ts';

/** Bits of LightGBM's `decision_type`: 1 for categories, 2 for left by default, 8 for missing as NaN. */
const DECISION = { categorical: 1, missingRight: 8, missingLeft: 8 | 2 } as const;

/**
 * The model as LightGBM's text (version v4), whose numbers come back bit for bit. What LightGBM
 * keeps outside of trees lies in their leaves: where sums begin, and how they come back to original
 * units. Numbers that prediction does not need (gains, counts) are left out.
 */
export function modelText(model: TreesModel): string {
  const { trees, transform } = model;
  const { base } = trees.ensemble;
  const { numeric, categories } = transform.layout;
  const header = [
    'tree',
    'version=v4',
    `num_class=${base.length}`,
    `num_tree_per_iteration=${base.length}`,
    'label_index=0',
    `max_feature_idx=${numeric + categories.length - 1}`,
    ...objectiveOf(trees),
    ...(trees.isBoosted ? [] : ['average_output']),
    `feature_names=${namesWithoutSpaces(transform.columnNames).join(' ')}`,
    `feature_infos=${featureInfos(model).join(' ')}`,
  ];
  const bodies = treesOf(trees).map((tree, index) => `Tree=${index}\n${treeText(tree)}\n`);
  const end = 'end of trees\n\nfeature_importances:\n\nparameters:\nend of parameters\n\n';
  return `${header.join('\n')}\n\n${bodies.join('\n')}\n${end}pandas_categorical:null\n`;
}

/** A forest's shares have no objective of LightGBM's: it gives the mean of the leaves as it is. */
function objectiveOf({ classes, isBoosted }: Trees): string[] {
  if (classes === 0) return ['objective=regression'];
  if (!isBoosted) return [];
  return [
    classes === 2 ? 'objective=binary sigmoid:1' : `objective=multiclass num_class:${classes}`,
  ];
}

/** Names stand in one line, with spaces between them. */
function namesWithoutSpaces(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const stem = name.replaceAll(/[\s,:"[\]{}]/gu, '_');
    let unique = stem;
    for (let i = 1; taken.has(unique); i++) unique = `${stem}_${i}`;
    taken.add(unique);
    return unique;
  });
}

/** The range of a number, which is not known here; the codes of a category. */
function featureInfos({ transform }: TreesModel): string[] {
  const { numeric, categories } = transform.layout;
  return [
    ...Array.from({ length: numeric }, () => '[-inf:inf]'),
    ...categories.map((size) => Array.from({ length: size }, (_, code) => code).join(':')),
  ];
}

/** Whole iterations of trees, with scale and base in their leaves. */
function treesOf({ ensemble, isBoosted, targetScale }: Trees): Tree[] {
  const { base, trees } = ensemble;
  const { scale, shift } = targetScale ?? { scale: 1, shift: 0 };
  const whole = trees.length === 0 ? [...base].map(() => leafTree(0)) : trees;
  return whole.map((tree, index) => {
    const start = (base[index % base.length] as number) * scale + shift;
    // A mean has the base in it where each tree has; a sum where the first one has.
    const added = !isBoosted || index < base.length ? start : 0;
    return { ...tree, value: tree.value.map((leaf) => leaf * scale + added) };
  });
}

const leafTree = (value: number): Tree => ({
  feature: new Int32Array(0),
  threshold: new Float64Array(0),
  kind: new Int32Array(0),
  left: new Int32Array(0),
  right: new Int32Array(0),
  value: Float64Array.of(value),
  sets: new Int32Array(0),
});

function treeText({ feature, threshold, kind, left, right, value, sets }: Tree): string {
  const { places, boundaries, words } = setsOf(sets);
  const thresholds = [...threshold].map((bound, node) =>
    kind[node] === CATEGORICAL ? (places.get(bound) as number) : bound,
  );
  const decisions = [...kind].map((how) => {
    if (how === CATEGORICAL) return DECISION.categorical;
    return how === MISSING_LEFT ? DECISION.missingLeft : DECISION.missingRight;
  });
  const lines: [string, ArrayLike<number>][] = [
    ['split_feature', feature],
    ['threshold', thresholds],
    ['decision_type', decisions],
    ['left_child', left],
    ['right_child', right],
    ['leaf_value', value],
    ...(words.length === 0
      ? []
      : ([
          ['cat_boundaries', boundaries],
          ['cat_threshold', words],
        ] as [string, ArrayLike<number>][])),
  ];
  return [
    `num_leaves=${value.length}`,
    `num_cat=${places.size}`,
    ...lines.map(([name, values]) => `${name}=${Array.from(values).join(' ')}`),
    'is_linear=0',
    'shrinkage=1',
  ].join('\n');
}

/** LightGBM keeps the words of all sets side by side, and where each begins. */
function setsOf(sets: Int32Array) {
  const places = new Map<number, number>();
  const boundaries = [0];
  const words: number[] = [];
  for (let place = 0; place < sets.length; ) {
    places.set(place, places.size);
    const end = place + 1 + (sets[place] as number);
    words.push(...[...sets.subarray(place + 1, end)].map((word) => word >>> 0));
    boundaries.push(words.length);
    place = end;
  }
  return { places, boundaries, words };
}
