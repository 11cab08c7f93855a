import { InputError } from '../../errors.ts';
import type { Job } from '../../schemas/job.ts';
import { type FormatName, POWER_FORMATS } from '../../schemas/model-export.ts';
import type { TargetScale } from '../../schemas/prepared-data.ts';
import type { MetricName } from '../../schemas/problem.ts';
import { momentsOf } from './signed-log.ts';
import { bendTarget } from './target-scale.ts';
import { likeliestPower, TARGET_POWERS } from './yeo-johnson.ts';

type Kind = Job['preprocess']['targetScale'];

/** Of an exponential distribution it is 2. */
const SKEWED = 2;
/** What a logarithm or a power has to leave of it at most. */
const MUCH_LESS = 0.5;

/** The scale for a job that leaves it open, and why. */
export function chooseTargetScale(
  values: Float64Array,
  metric: MetricName,
  formats: readonly FormatName[],
): { value: Exclude<Kind, 'auto'>; reason: string } {
  const { min, skewness } = momentsOf(values);
  const standard = (reason: string) => ({ value: 'standard', reason }) as const;
  if (Math.abs(skewness) < SKEWED) return standard('the target has no long tail');
  const kinds = (['log', 'power'] as const).filter((kind) => kind !== 'log' || min > -1);
  const tried = kinds.map((kind) => {
    const rest = momentsOf(bent(values, kind).bent).skewness;
    const tail = `long-tailed: skewness ${skewness.toFixed(1)}, of ${IN_WORDS[kind]} ${rest.toFixed(1)}`;
    return { kind, tail, serves: Math.abs(rest) <= MUCH_LESS * Math.abs(skewness) };
  });
  // The logarithm where it does, as people can read it.
  const found = tried.find(({ serves }) => serves) ?? tried.at(-1);
  if (found === undefined) return standard('the target has no long tail');
  const { kind, tail, serves } = found;
  if (!serves) return standard(`${tail}, hardly less`);
  if (metric !== 'mae')
    return standard(`${tail}; ${metric} asks for means, ${IN_WORDS[kind]} serve medians`);
  const unable = formats.find((name) => !canHold(name, kind));
  if (unable !== undefined) return standard(`${tail}; ${unable} has no ${INVERSES[kind]}`);
  return { value: kind, reason: `${tail}; mae asks for medians, which ${IN_WORDS[kind]} serve` };
}

const IN_WORDS = { log: 'logarithms', power: 'powers' } as const;
const INVERSES = { log: 'exponential', power: 'roots' } as const;

const canHold = (name: FormatName, kind: 'log' | 'power'): boolean =>
  kind === 'power' ? POWER_FORMATS.includes(name) : name !== 'tfjs-layers';

function bent(values: Float64Array, kind: 'log' | 'power') {
  const how = {
    log: kind === 'log',
    ...(kind === 'power' && { power: likeliestPower(values, TARGET_POWERS) }),
  };
  return { how, bent: values.map((value) => bendTarget(value, how)) };
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
      remedy: "Choose 'power', 'standard' or 'none'.",
    });
  }
  const { how, bent: scaled } =
    kind === 'standard' ? { how: { log: false }, bent: values } : bent(values, kind);
  const mean = scaled.reduce((sum, value) => sum + value / scaled.length, 0);
  const variance = scaled.reduce((sum, value) => sum + (value - mean) ** 2 / scaled.length, 0);
  return { ...how, shift: mean, scale: Math.sqrt(variance) || 1 };
}
