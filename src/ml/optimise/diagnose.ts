import type { Diagnosis } from '../../schemas/round.ts';
import type { Symptoms } from './symptoms.ts';

/** A training loss that rises in this share of the later epochs … */
const MANY_RISES = 0.35;
/** … by this much of itself is noise of too large a step, not of sampling. */
const LARGE_RISES = 0.05;
/** Validation loss this far above its least says that training has gone on into the noise. */
const CLEAR_RISE = 0.1;
/** Fit rows scored this much better than validation rows. */
const CLEAR_GAP = 0.15;
/** Below this gap the model has not learnt its own rows by heart: it could be richer. */
const SMALL_GAP = 0.05;

/** The first rule that holds, with the figures that it rests on. */
export function diagnose(symptoms: Symptoms): { diagnosis: Diagnosis; evidence: string } {
  const { diverged, rises, riseSize, bestAtEnd, validationRise, gap } = symptoms;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  if (diverged) {
    return { diagnosis: 'diverging', evidence: 'the training loss ended far above its least' };
  }
  if (rises > MANY_RISES && riseSize > LARGE_RISES) {
    return {
      diagnosis: 'noisy',
      evidence: `the training loss rose in ${percent(rises)} of the later epochs, by ${percent(riseSize)} of itself`,
    };
  }
  if (validationRise > CLEAR_RISE || gap > CLEAR_GAP) {
    return {
      diagnosis: 'over-fitting',
      evidence: `validation loss ended ${percent(validationRise)} above its least; fit rows score ${percent(gap)} better than validation rows`,
    };
  }
  if (bestAtEnd) {
    return {
      diagnosis: 'unfinished',
      evidence: 'the best epoch is among the last tenth of those allowed',
    };
  }
  if (gap < SMALL_GAP) {
    return {
      diagnosis: 'under-fitting',
      evidence: `fit rows score only ${percent(gap)} better than validation rows`,
    };
  }
  return {
    diagnosis: 'well-fitted',
    evidence: `fit rows score ${percent(gap)} better than validation rows`,
  };
}
