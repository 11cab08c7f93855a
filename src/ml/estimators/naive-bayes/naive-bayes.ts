import { NaiveBayesHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { Estimator } from '../estimator.ts';
import { naiveBayesPredictor } from './naive-bayes-predictor.ts';
import { NaiveBayesTraining } from './naive-bayes-training.ts';

/**
 * Naive Bayes: in each class numbers are normal, categories multinomial with additive smoothing,
 * and all columns independent. A missing value says nothing. The terms of free texts are multinomial in
 * TF-IDF in place of counts, by class or by its complement (Rennie et al., "Tackling the poor
 * assumptions of naive Bayes text classifiers", ICML 2003).
 */
export const naiveBayes: Estimator<NaiveBayesHyperparameters> = {
  name: 'naiveBayes',
  codeVersion: 2,
  tasks: ['binary', 'multiclass'],
  hyperparameters: NaiveBayesHyperparameters,
  space: ({ terms = 0 }) => ({
    smoothing: { kind: 'float', low: 0.01, high: 100, log: true },
    varianceSmoothing: { kind: 'float', low: 1e-9, high: 1, log: true },
    prior: { kind: 'choice', options: ['empirical', 'uniform'] },
    ...(terms > 0 && {
      texts: { kind: 'choice' as const, options: ['multinomial', 'complement', 'normal'] },
    }),
  }),
  init: async (setup) => new NaiveBayesTraining(setup),
  restore: async (setup, state) => new NaiveBayesTraining(setup, state),
  load: async (shape, _hyperparameters, weights) => naiveBayesPredictor(shape, weights),
};
