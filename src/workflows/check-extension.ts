import type { InputProblem } from '../errors.ts';
import type { ExtensionRequest } from '../schemas/extension.ts';

/** What there is to extend in a run. */
export interface Extensible {
  /** Present totals; epochs are null where nothing is trained by epochs. */
  readonly trials: number;
  readonly epochs: number | null;
  /** Whether the search, and the trainings after it, are over. */
  readonly searchIsOver: boolean;
  readonly trainingIsOver: boolean;
}

/** Why a run can't be extended so; undefined when it can. */
export function findExtensionFault(request: unknown, now: Extensible): InputProblem | undefined {
  if (typeof request !== 'object' || request === null) return badRequest('extension', request);
  const stray = Object.keys(request).find((key) => key !== 'trials' && key !== 'epochs');
  if (stray !== undefined) return badRequest(stray, stray);
  const { trials, epochs } = request as ExtensionRequest;
  if (trials === undefined && epochs === undefined) return badRequest('extension', request);
  return (
    (trials === undefined ? undefined : trialsFault(trials, now)) ??
    (epochs === undefined ? undefined : epochsFault(epochs, now))
  );
}

const badRequest = (field: string, value: unknown): InputProblem => ({
  code: 'InvalidExtension',
  field,
  value,
  expected: 'new totals, such as {"trials": 50} or {"epochs": 200}',
  remedy: 'Give trials, epochs, or both.',
});

function trialsFault(trials: number, now: Extensible): InputProblem | undefined {
  if (now.searchIsOver) {
    return {
      ...{ code: 'SearchIsOver', field: 'trials', value: trials },
      expected: 'a run whose search goes on',
      remedy: `Rerun it when it has ended: 'sevenfold rerun … --from tune --set budget.trials=${trials}'.`,
    };
  }
  return notLarger('trials', trials, now.trials);
}

function epochsFault(epochs: number, now: Extensible): InputProblem | undefined {
  if (now.epochs === null) {
    return {
      ...{ code: 'NothingToExtend', field: 'epochs', value: epochs },
      expected: 'a run that trains a network',
      remedy: 'Solvers end by themselves: there is nothing to extend.',
    };
  }
  if (now.trainingIsOver) {
    return {
      ...{ code: 'TrainingIsOver', field: 'epochs', value: epochs },
      expected: 'a run whose training is ahead or under way',
      remedy: `Rerun it when it has ended: 'sevenfold rerun … --from train --set hyperparameters.mlp.epochs=${epochs}'.`,
    };
  }
  return notLarger('epochs', epochs, now.epochs);
}

function notLarger(field: string, value: number, total: number): InputProblem | undefined {
  if (Number.isInteger(value) && value > total) return undefined;
  return {
    ...{ code: 'TotalNotLarger', field, value },
    expected: `a whole number above ${total}, the present total`,
    remedy: `Give the new total, ${total + 1} or more; it can grow, not shrink.`,
  };
}
