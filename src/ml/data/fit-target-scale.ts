import { InputError } from '../../errors.ts';
import type { Job } from '../../schemas/job.ts';
import type { TargetScale } from '../../schemas/prepared-data.ts';

/** How models see a regression target, fitted on its training values. */
export function fitTargetScale(
  values: Float64Array,
  kind: Job['preprocess']['targetScale'],
): TargetScale {
  if (kind === 'none') return { log: false, shift: 0, scale: 1 };
  const log = kind === 'log';
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  if (log && least <= -1) {
    throw new InputError({
      code: 'TargetNotPositive',
      field: 'preprocess.targetScale',
      value: kind,
      expected: `targets above −1, for log(1 + y); the least is ${least}`,
      remedy: "Choose 'standard' or 'none'.",
    });
  }
  const scaled = log ? values.map(Math.log1p) : values;
  const mean = scaled.reduce((sum, value) => sum + value / scaled.length, 0);
  const variance = scaled.reduce((sum, value) => sum + (value - mean) ** 2 / scaled.length, 0);
  return { log, shift: mean, scale: Math.sqrt(variance) || 1 };
}
