import { CATEGORICAL, MISSING_LEFT, MISSING_RIGHT, type Tree } from './tree.ts';

const CATEGORICAL_BIT = 1;
const DEFAULT_LEFT_BIT = 2;
/** Bits 2 and 3 of a decision say what counts as missing: nothing, zero or NaN. */
const MISSING_IS_NAN = 2;

/**
 * The trees of a model in LightGBM's text format, whose numbers are written with 17 digits and so
 * come back bit for bit.
 * @param imputed [numeric]: where a missing number goes if none was missing in training
 */
export function parseTrees(text: string, imputed: readonly number[]): Tree[] {
  return text
    .split(/^Tree=/m)
    .slice(1)
    .map((block) => parseTree(fieldsOf(block), imputed));
}

function fieldsOf(block: string): (name: string) => number[] {
  const fields = new Map(
    block.split('\n').flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
  return (name) => {
    const values = fields.get(name);
    return values === undefined || values === '' ? [] : values.split(' ').map(numberOf);
  };
}

/** A split of what is missing from all else has the threshold `inf`; no float32 is above this one. */
const numberOf = (text: string): number => (text === 'inf' ? Number.MAX_VALUE : Number(text));

function parseTree(field: (name: string) => number[], imputed: readonly number[]): Tree {
  const feature = Int32Array.from(field('split_feature'));
  const decisions = field('decision_type');
  const { sets, places } = parseSets(field('cat_boundaries'), field('cat_threshold'));
  const thresholds = field('threshold');
  const isCategorical = (node: number) => ((decisions[node] as number) & CATEGORICAL_BIT) !== 0;
  return {
    feature,
    threshold: Float64Array.from(thresholds, (value, node) =>
      isCategorical(node) ? (places[value] as number) : value,
    ),
    kind: Int32Array.from(decisions, (decision, node) => {
      if (isCategorical(node)) return CATEGORICAL;
      const goesLeft =
        ((decision >> 2) & 3) === MISSING_IS_NAN
          ? (decision & DEFAULT_LEFT_BIT) !== 0
          : (imputed[feature[node] as number] as number) <= (thresholds[node] as number);
      return goesLeft ? MISSING_LEFT : MISSING_RIGHT;
    }),
    left: Int32Array.from(field('left_child')),
    right: Int32Array.from(field('right_child')),
    value: Float64Array.from(field('leaf_value')),
    sets,
  };
}

/** Bit sets as LightGBM lays them out, each with its number of words put before it. */
function parseSets(boundaries: readonly number[], words: readonly number[]) {
  const places: number[] = [];
  const sets = boundaries.slice(0, -1).flatMap((start, index) => {
    places.push(start + index);
    const end = boundaries[index + 1] as number;
    return [end - start, ...words.slice(start, end)];
  });
  // Words are unsigned in the text; a bit is a bit.
  return { places, sets: Int32Array.from(sets, (word) => word | 0) };
}
