import type { TensorOps } from './tensor-ops.ts';

/** max(x, 0) and max(−x, 0) */
export function emitParts<T>(ops: TensorOps<T>, value: T): readonly [above: T, below: T] {
  const zero = ops.constant(0);
  const clipped = (part: T) => ops.clip(part, zero, ops.constant(Number.MAX_VALUE));
  return [clipped(value), clipped(ops.arithmetic('subtract', zero, value))];
}

/**
 * What Yeo and Johnson's power of λ between 0 and 2 was taken of: (1 + λ·y⁺)^(1/λ) − (1 + (2−λ)·y⁻)^(1/(2−λ)),
 * of the parts above and below 0.
 */
export function emitInversePower<T>(ops: TensorOps<T>, value: T, power: number): T {
  const [above, below] = emitParts(ops, value);
  const root = (part: T, exponent: number) => {
    const grown = ops.arithmetic('multiply', part, ops.constant(exponent));
    return ops.power(ops.arithmetic('add', grown, ops.constant(1)), ops.constant(1 / exponent));
  };
  return ops.arithmetic('subtract', root(above, power), root(below, 2 - power));
}
