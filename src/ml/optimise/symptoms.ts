import type { Problem } from '../../schemas/problem.ts';
import type { EpochRecord, TrainingOutcome } from '../../schemas/training.ts';

/** What validation results and the learning curve show, as figures. */
export interface Symptoms {
  /** The loss became infinite, or ended far above where it had been. */
  readonly diverged: boolean;
  /** Share of the later epochs in which the training loss rose. */
  readonly rises: number;
  /** Mean size of those rises, relative to the loss. */
  readonly riseSize: number;
  /** The best epoch is one of the last that were allowed. */
  readonly bestAtEnd: boolean;
  /** Validation loss at the end, relative to its least: 0.1 is 10 % above. */
  readonly validationRise: number;
  /** How much better the fit rows score than the validation rows, relatively. */
  readonly gap: number;
  /** How much better than the linear reference, relatively; null without one. */
  readonly gain: number | null;
}

const ENDS_FAR_ABOVE = 2;

export function readSymptoms(
  problem: Problem,
  outcome: TrainingOutcome,
  curve: readonly EpochRecord[],
  referenceScore: number | null,
): Symptoms {
  const losses = curve.flatMap(({ loss }) => (loss === null ? [] : [loss]));
  const validation = curve.flatMap((record) => record.validationLoss ?? []);
  const least = Math.min(...losses);
  const endsFarAbove =
    losses.length > 2 && (losses.at(-1) as number) > ENDS_FAR_ABOVE * least + 0.1;
  const later = losses.slice(Math.floor(losses.length / 3));
  const rises = later.slice(1).map((loss, i) => loss - (later[i] as number));
  const positive = rises.filter((rise) => rise > 0);
  const leastValidation = Math.min(...validation);
  return {
    diverged: outcome.status === 'diverged' || endsFarAbove,
    rises: rises.length === 0 ? 0 : positive.length / rises.length,
    riseSize: positive.length === 0 ? 0 : mean(positive) / Math.max(mean(later), 1e-12),
    bestAtEnd:
      outcome.status === 'completed' &&
      curve.some(isEpoch) &&
      outcome.bestEpoch >= 0.9 * curve.length,
    validationRise:
      validation.length < 3
        ? 0
        : ((validation.at(-1) as number) - leastValidation) / Math.max(leastValidation, 1e-12),
    gap: relative(problem, outcome.fitScore, outcome.validationScore) ?? 0,
    gain: relative(problem, outcome.validationScore, referenceScore),
  };
}

/** Iterations of solvers, which have no learning rate, end where they converge and not where they may. */
const isEpoch = ({ learningRate }: EpochRecord): boolean => learningRate !== null;

/** How much better `a` is than `b`, relative to `b`; null where either is missing. */
function relative({ direction }: Problem, a: number | null, b: number | null): number | null {
  if (a === null || b === null) return null;
  return (direction === 'maximise' ? a - b : b - a) / Math.max(Math.abs(b), 1e-12);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
