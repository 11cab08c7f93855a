import type { Preprocessed, Tuning } from '../../schemas/lifecycle-steps.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';
import { formatScore } from '../score.ts';
import { type StepContext, trainingRequest, workOrder } from './step-context.ts';

/** Training may use what is left until this share of a time budget. */
const TRAINING_SHARE = 0.8;

/** Step 4: the best candidate, trained in full. */
export async function train(
  context: StepContext,
  { data, tuning }: { data: Preprocessed; tuning: Tuning },
): Promise<{ model: TrainingOutcome }> {
  const { candidate } = tuning.best;
  const model = await context.heavy.run(
    'trainModel',
    candidate.estimator,
    workOrder<'train'>(context, 'train', trainingRequest(context, data, candidate, TRAINING_SHARE)),
  );
  context.note(
    'train',
    `${candidate.estimator}, ${model.epochs} epochs (${model.status}); validation ${formatScore(data.problem, model.validationScore)}`,
  );
  return { model };
}
