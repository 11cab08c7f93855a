import type { NaiveBayesHyperparameters } from '../../schemas/hyperparameters.ts';
import type { Diagnosis } from '../../schemas/round.ts';
import { show, type Treatment } from './treatment.ts';

/** Least share of the largest variance that makes a difference. */
const SOME_VARIANCE = 0.01;

/** Rare categories and narrow distributions are what naive Bayes learns by heart. */
export function forNaiveBayes(diagnosis: Diagnosis, now: NaiveBayesHyperparameters): Treatment[] {
  if (diagnosis !== 'over-fitting') return [];
  const { smoothing, varianceSmoothing } = now;
  const wider = Math.max(SOME_VARIANCE, varianceSmoothing * 10);
  return [
    {
      action: `smoothing ${show(smoothing)} → ${show(smoothing * 10)}, variances by ${show(wider)} of the largest`,
      hyperparameters: { ...now, smoothing: smoothing * 10, varianceSmoothing: wider },
    },
  ];
}
