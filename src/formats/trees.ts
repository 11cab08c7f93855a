import type { TreeEnsemble } from '../ml/estimators/trees/tree-weights.ts';
import type { TargetScale } from '../schemas/prepared-data.ts';

/**
 * Trees that take codes. Tree i adds to the sum of output i mod `base.length`; an output's score is
 * its base + `shareOf` · its sum. Boosted scores are logits; those of a forest are shares of a class.
 */
export interface Trees {
  readonly ensemble: TreeEnsemble;
  readonly isBoosted: boolean;
  /** 0 for regression; two classes have one score, which speaks of the second. */
  readonly classes: number;
  /** Regression only: how scores come back to original units. */
  readonly targetScale: TargetScale | null;
}

/** What a sum of trees counts for: a forest's is a mean. */
export const shareOf = ({ ensemble: { base, trees }, isBoosted }: Trees): number =>
  isBoosted ? 1 : base.length / Math.max(base.length, trees.length);
