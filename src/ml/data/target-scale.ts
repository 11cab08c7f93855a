import type { TargetScale } from '../../schemas/prepared-data.ts';

/** A target in original units as models see it. */
export function scaleTarget(value: number, { log, shift, scale }: TargetScale): number {
  return ((log ? Math.log1p(value) : value) - shift) / scale;
}

/** What a model says, in original units. */
export function unscaleTarget(value: number, { log, shift, scale }: TargetScale): number {
  const unscaled = value * scale + shift;
  return log ? Math.expm1(unscaled) : unscaled;
}
