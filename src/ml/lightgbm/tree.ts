/**
 * A binary decision tree. A node is numbered from 0, the root; a child below 0 is the leaf −1 − child.
 * A tree of one leaf has no node.
 */
export interface Tree {
  /** [nodes]: column that is asked for. */
  readonly feature: Int32Array;
  /** [nodes]: left is at most this; for a categorical node the place of its set in `sets`. */
  readonly threshold: Float64Array;
  /** [nodes]: one of the kinds below. */
  readonly kind: Int32Array;
  /** [nodes] */
  readonly left: Int32Array;
  /** [nodes] */
  readonly right: Int32Array;
  /** [leaves] */
  readonly value: Float64Array;
  /** Sets of category codes that go left, one after another: number of words, then a bit a code. */
  readonly sets: Int32Array;
}

/** What a node does with a missing number; a missing category goes right. */
export const MISSING_RIGHT = 0;
export const MISSING_LEFT = 1;
export const CATEGORICAL = 2;

/** Value of the leaf that a row comes to. @param start where the row begins in `features` */
export function valueOf(tree: Tree, features: Float32Array, start: number): number {
  const { feature, threshold, kind, left, right, value, sets } = tree;
  let node = feature.length === 0 ? -1 : 0;
  while (node >= 0) {
    const x = features[start + (feature[node] as number)] as number;
    const how = kind[node] as number;
    const bound = threshold[node] as number;
    let goesLeft: boolean;
    if (how === CATEGORICAL) goesLeft = contains(sets, bound, x);
    else goesLeft = Number.isNaN(x) ? how === MISSING_LEFT : x <= bound;
    node = (goesLeft ? left[node] : right[node]) as number;
  }
  return value[-1 - node] as number;
}

/** Whether a code is in the set at a place of `sets`. */
export function contains(sets: Int32Array, place: number, code: number): boolean {
  if (!(code >= 0)) return false;
  const word = code >>> 5;
  return (
    word < (sets[place] as number) &&
    (((sets[place + 1 + word] as number) >>> (code & 31)) & 1) === 1
  );
}
