import { InputError } from '../../errors.ts';
import type { Job } from '../../schemas/job.ts';
import type { FormatName } from '../../schemas/model-export.ts';
import type { TargetScale } from '../../schemas/prepared-data.ts';
import type { MetricName } from '../../schemas/problem.ts';
import { momentsOf } from './signed-log.ts';

type Kind = Job['preprocess']['targetScale'];

/** Of an exponential distribution it is 2. */
const SKEWED = 2;
/** What the logarithm has to leave of it at most. */
const MUCH_LESS = 0.5;

/** The scale for a job that leaves it open, and why. */
export function chooseTargetScale(
  values: Float64Array,
  metric: MetricName,
  formats: readonly FormatName[],
): { value: Exclude<Kind, 'auto'>; reason: string } {
  const { min, skewness } = momentsOf(values);
  const standard = (reason: string) => ({ value: 'standard', reason }) as const;
  if (min <= -1 || skewness < SKEWED) return standard('the target has no long tail');
  const rest = momentsOf(values.map(Math.log1p)).skewness;
  const tail = `long-tailed: skewness ${skewness.toFixed(1)}, of logarithms ${rest.toFixed(1)}`;
  if (Math.abs(rest) > MUCH_LESS * skewness) return standard(`${tail}, hardly less`);
  if (metric !== 'mae')
    return standard(`${tail}; ${metric} asks for means, logarithms serve medians`);
  // The one format that has no exponential.
  if (formats.includes('tfjs-layers')) return standard(`${tail}; tfjs-layers has no exponential`);
  return { value: 'log', reason: `${tail}; mae asks for medians, which logarithms serve` };
}

/** How models see a regression target, fitted on its training values. */
export function fitTargetScale(values: Float64Array, kind: Exclude<Kind, 'auto'>): TargetScale {
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
