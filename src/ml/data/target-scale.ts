import type { TargetScale } from '../../schemas/prepared-data.ts';
import { inverseYeoJohnson, yeoJohnson } from './yeo-johnson.ts';

/** A target in original units as models see it. */
export const scaleTarget = (value: number, targetScale: TargetScale): number =>
  (bendTarget(value, targetScale) - targetScale.shift) / targetScale.scale;

/** A target before it is shifted and scaled. */
export function bendTarget(value: number, { log, power }: Pick<TargetScale, 'log' | 'power'>) {
  if (log) return Math.log1p(value);
  return power === undefined ? value : yeoJohnson(value, power);
}

/** What a model says, in original units. */
export function unscaleTarget(value: number, { log, power, shift, scale }: TargetScale): number {
  const unscaled = value * scale + shift;
  if (log) return Math.expm1(unscaled);
  return power === undefined ? unscaled : inverseYeoJohnson(unscaled, power);
}
