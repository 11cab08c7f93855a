import { InputError } from '../errors.ts';
import { chosenBackend } from '../ml/backend.ts';
import type { DataSize } from '../ml/estimators/estimator.ts';
import { estimatorFor, estimatorsFor, whatIsMissing } from '../ml/estimators/index.ts';
import { rankEstimators } from '../ml/select/rank.ts';
import type { Candidate, SingleEstimatorName } from '../schemas/hyperparameters.ts';
import type { ImageSize } from '../schemas/image.ts';
import type { Job } from '../schemas/job.ts';
import type { LeftOutEstimator, Selection } from '../schemas/lifecycle-steps.ts';
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
  }): Promise<{ candidates: Candidate[]; leftOut: LeftOutEstimator[]; reference: Candidate }> {
    // WebAssembly has no gradients of convolutions.
    const hasImages = image !== undefined && chosenBackend() === 'native';
    const suitable = estimatorsFor(problem.task, hasImages);
    // What is asked for by name is tried whatever it needs; else it is left out.
    const leftOut = job.estimators === undefined ? unfit(suitable, size) : [];
    const wanted =
      job.estimators ??
      suitable.filter((name) => !leftOut.some(({ estimator }) => estimator === name));
    for (const estimator of wanted) {
      if (!suitable.includes(estimator)) throw unsuitable(estimator, problem, suitable);
    }
    const candidate = (estimator: SingleEstimatorName): Candidate => ({
      estimator,
      hyperparameters: job.hyperparameters[estimator] ?? {},
    });
    const reference = problem.task === 'regression' ? 'linear' : 'logistic';
    const candidates = [...new Set(wanted)].map(candidate);
    return { candidates, leftOut, reference: candidate(reference) };
  },

  /** Ranks screened estimators by validation score, and names those worth tuning. */
  async rankEstimators(request: {
    problem: Problem;
    rows: { fit: number; validation: number };
    outcomes: TrainingOutcome[];
    leftOut: LeftOutEstimator[];
    reference: TrainingOutcome;
  }): Promise<Selection> {
    const { leftOut, reference } = request;
    return { ...rankEstimators(request), leftOut, reference };
  },
});

/** Those that can't be trained here, or not within reason on data of this size, and why. */
const unfit = (names: readonly SingleEstimatorName[], size: DataSize): LeftOutEstimator[] =>
  names.flatMap((estimator) => {
    const missing = whatIsMissing(estimator);
    if (missing !== null) return [{ estimator, reason: missing }];
    return (estimatorFor(estimator).suits?.(size) ?? true)
      ? []
      : [{ estimator, reason: `too slow for ${size.rows} rows of ${size.width} inputs` }];
  });

function unsuitable(
  estimator: SingleEstimatorName,
  problem: Problem,
  suitable: readonly SingleEstimatorName[],
): InputError {
  return new InputError({
    code: 'UnsuitableEstimator',
    field: 'estimators',
    value: estimator,
    expected: `estimators for ${problem.task} on these data: ${suitable.join(', ')}`,
    remedy: `Remove '${estimator}', or set the task.`,
  });
}
