import {
  EnsembleHyperparameters,
  type EnsembleMember,
  type SingleEstimatorName,
} from '../../../schemas/hyperparameters.ts';
import type { Estimator, Predictor, TrainingSetup } from '../estimator.ts';
import { parseHyperparameters } from '../parse-hyperparameters.ts';
import { averagePredictor } from './average-predictor.ts';
import { EnsembleTraining, type Member } from './ensemble-training.ts';
import { unnestWeights } from './nested-weights.ts';

/** Models of several kinds, whose outputs are averaged: the mean of probabilities, or of scaled values. */
export function ensembleOf(
  estimatorFor: (name: SingleEstimatorName) => Estimator,
): Estimator<EnsembleHyperparameters> {
  const memberOf = (
    setup: TrainingSetup<EnsembleHyperparameters>,
    { estimator: name, hyperparameters, epochs }: EnsembleMember,
  ): Member => {
    const estimator = estimatorFor(name);
    const parsed = parseHyperparameters(estimator, hyperparameters);
    return { estimator, setup: { ...setup, hyperparameters: parsed }, epochs };
  };
  const open = (setup: TrainingSetup<EnsembleHyperparameters>, state?: Uint8Array) =>
    EnsembleTraining.open(
      setup.hyperparameters.members.map((member) => memberOf(setup, member)),
      state,
    );
  return {
    name: 'ensemble',
    codeVersion: 1,
    tasks: ['regression', 'binary', 'multiclass'],
    hyperparameters: EnsembleHyperparameters,
    stepWork: (shape, { members }, rows) =>
      Math.max(
        ...members.map(({ estimator: name, hyperparameters }) => {
          const estimator = estimatorFor(name);
          const parsed = parseHyperparameters(estimator, hyperparameters);
          return estimator.stepWork?.(shape, parsed, rows) ?? 0;
        }),
      ),
    space: () => ({}),
    init: (setup) => open(setup),
    restore: (setup, state) => open(setup, state),
    async load(shape, { members }, weights) {
      const loaded: { predictor: Predictor; weight: number }[] = [];
      for (const [index, own] of unnestWeights(weights)) {
        const { estimator: name, hyperparameters, weight } = members[index] as EnsembleMember;
        const estimator = estimatorFor(name);
        const parsed = parseHyperparameters(estimator, hyperparameters);
        loaded.push({ predictor: await estimator.load(shape, parsed, own), weight });
      }
      return averagePredictor(loaded, shape.layout);
    },
  };
}
