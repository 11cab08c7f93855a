import { InputError } from '../errors.ts';
import { chosenBackend } from '../ml/backend.ts';
import type { DataSize } from '../ml/estimators/estimator.ts';
import { estimatorFor, estimatorsFor, isProvided } from '../ml/estimators/index.ts';
import { rankEstimators } from '../ml/select/rank.ts';
import type { Candidate, EstimatorName } from '../schemas/hyperparameters.ts';
import type { ImageSize } from '../schemas/image.ts';
import type { Job } from '../schemas/job.ts';
import type { Selection } from '../schemas/lifecycle-steps.ts';
import type { Problem } from '../schemas/problem.ts';
import type { TrainingOutcome } from '../schemas/training.ts';

/** Step 2. */
export const createSelectActivities = () => ({
  /** What to screen: the estimators that suit the task and that the job allows, and the linear reference. */
  async listCandidates({
    job,
    problem,
    size,
    image,
  }: {
    job: Job;
    problem: Problem;
    size: DataSize;
    image?: ImageSize | undefined;
  }): Promise<{ candidates: Candidate[]; reference: Candidate }> {
    // WebAssembly has no gradients of convolutions.
    const hasImages = image !== undefined && chosenBackend() === 'native';
    const suitable = estimatorsFor(problem.task, hasImages);
    // What is asked for by name is tried whatever it needs; else it is left out.
    const wanted =
      job.estimators ??
      suitable.filter((name) => isProvided(name) && (estimatorFor(name).suits?.(size) ?? true));
    for (const estimator of wanted) {
      if (!suitable.includes(estimator)) throw unsuitable(estimator, problem, suitable);
    }
    const candidate = (estimator: EstimatorName): Candidate => ({
      estimator,
      hyperparameters: job.hyperparameters[estimator] ?? {},
    });
    const reference = problem.task === 'regression' ? 'linear' : 'logistic';
    return { candidates: [...new Set(wanted)].map(candidate), reference: candidate(reference) };
  },

  /** Ranks screened estimators by validation score, and names those worth tuning. */
  async rankEstimators(request: {
    problem: Problem;
    rows: { fit: number; validation: number };
    outcomes: TrainingOutcome[];
    reference: TrainingOutcome;
  }): Promise<Selection> {
    return { ...rankEstimators(request), reference: request.reference };
  },
});

function unsuitable(
  estimator: EstimatorName,
  problem: Problem,
  suitable: readonly EstimatorName[],
): InputError {
  return new InputError({
    code: 'UnsuitableEstimator',
    field: 'estimators',
    value: estimator,
    expected: `estimators for ${problem.task} on these data: ${suitable.join(', ')}`,
    remedy: `Remove '${estimator}', or set the task.`,
  });
}
