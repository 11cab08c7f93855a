import { canonicalJson } from '../../canonical-text.ts';
import type { Candidate, EstimatorName, Hyperparameters } from '../../schemas/hyperparameters.ts';
import type { Job } from '../../schemas/job.ts';
import type { Preprocessed, Tuning } from '../../schemas/lifecycle-steps.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';
import { unlessCutShort } from '../cut-short.ts';
import { formatScore } from '../score.ts';
import { firstLookOf, validateLike } from './cross-validation.ts';
import { type StepContext, trainingRequest, workOrder } from './step-context.ts';

/** Training may use what is left until this share of a time budget. */
const TRAINING_SHARE = 0.75;

/** Step 4: the best candidate, trained in full. */
export async function train(
  context: StepContext,
  { job, data, tuning }: { job: Job; data: Preprocessed; tuning: Tuning },
): Promise<{ model: TrainingOutcome }> {
  const { estimator, hyperparameters } = tuning.best.candidate;
  // What the job fixes has been tried as such, unless this run repeats another one with changes.
  const given: Partial<Record<EstimatorName, Hyperparameters>> = job.hyperparameters;
  const fixed = given[estimator];
  const candidate = { estimator, hyperparameters: { ...hyperparameters, ...fixed } };
  const isTried = canonicalJson(candidate) === canonicalJson(tuning.best.candidate);
  const model = await trainInTime(context, data, candidate, isTried ? tuning.best : null);
  if (job.optimise.rounds === 0) context.trainings.close();
  context.note(
    'train',
    `${candidate.estimator}, ${model.epochs} epochs (${model.status}); validation ${formatScore(data.problem, model.validationScore)}`,
  );
  return { model };
}

/** Whether a training of what was tried may come to anything else, and in time. */
function isWorthTraining({ clock, trainings }: StepContext, tried: TrainingOutcome): boolean {
  const left = clock.timeLimit(TRAINING_SHARE);
  if (left === null) return true;
  // What ended by itself would end in the same bits: time is better spent.
  if (tried.status !== 'out-of-time' && !trainings.isExtended) return false;
  return left >= tried.seconds;
}

/** What was tried stands where the time that is left is too short, or turns out to have been. */
async function trainInTime(
  context: StepContext,
  data: Preprocessed,
  candidate: Candidate,
  tried: TrainingOutcome | null,
): Promise<TrainingOutcome> {
  const { heavy, trainings } = context;
  if (tried !== null && !isWorthTraining(context, tried)) return tried;
  const order = workOrder<'train'>(
    context,
    'train',
    trainingRequest(context, data, candidate, TRAINING_SHARE),
  );
  const trained = await trainings.run(heavy, candidate.estimator, order);
  if (tried === null) return trained;
  // The same bits: what all folds have shown holds.
  if (trained.weightsHash === tried.weightsHash && tried.crossValidation !== null) return tried;
  const model = unlessCutShort(data.problem, firstLookOf(tried), trained);
  if (model !== trained) return tried;
  return validateLike(context, data, 'train', tried, trained, TRAINING_SHARE);
}
