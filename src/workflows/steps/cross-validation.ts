import type { WorkOrder } from '../../activities/supervise.ts';
import type { Preprocessed } from '../../schemas/lifecycle-steps.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';
import { relativeGain } from '../score.ts';
import { type StepContext, trainingRequest, type WorkContext, workOrder } from './step-context.ts';

/**
 * Whether a candidate is worth its other folds: where it falls behind the best on the first one by no
 * more than chance moves scores by there, 1 / √rows.
 */
export function isWorthFolds(
  { problem, rows, folds }: Preprocessed,
  best: TrainingOutcome,
  first: TrainingOutcome,
): boolean {
  if (folds === 1 || first.validationScore === null) return false;
  // What ran out of time on the first would do so on each.
  if (first.status === 'diverged' || first.status === 'out-of-time') return false;
  const bar = best.crossValidation?.firstScore ?? best.validationScore;
  return relativeGain(problem, bar, first.validationScore) >= -1 / Math.sqrt(rows.validation);
}

/** The other folds of a candidate, until a share of the budget is spent. */
export const foldsOrder = (
  context: WorkContext,
  data: Preprocessed,
  label: string,
  first: TrainingOutcome,
  budgetShare: number,
): WorkOrder<'crossValidate'> =>
  workOrder<'crossValidate'>(context, `folds/${label}`, {
    training: trainingRequest(context, data, first.candidate, budgetShare),
    first,
  });

/** A candidate as all folds show it where the best is known so, and it is worth it; else as the first one does. */
export async function validateLike(
  context: StepContext,
  data: Preprocessed,
  label: string,
  best: TrainingOutcome,
  first: TrainingOutcome,
  budgetShare: number,
): Promise<TrainingOutcome> {
  if (best.crossValidation === null || !isWorthFolds(data, best, first)) return first;
  return context.heavy.run(
    'crossValidate',
    `${label}, other folds`,
    foldsOrder(context, data, label, first, budgetShare),
  );
}

/** Whether two candidates were validated on the same rows. */
export const isComparable = (a: TrainingOutcome, b: TrainingOutcome): boolean =>
  (a.crossValidation?.folds ?? 1) === (b.crossValidation?.folds ?? 1);

/** A candidate's score on the first fold alone, to compare with others that are known by it. */
export const firstLookOf = (outcome: TrainingOutcome): TrainingOutcome =>
  outcome.crossValidation === null
    ? outcome
    : { ...outcome, validationScore: outcome.crossValidation.firstScore };
