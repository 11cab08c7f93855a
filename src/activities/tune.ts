import { estimatorFor } from '../ml/estimators/index.ts';
import { RandomSampler } from '../ml/search/random-sampler.ts';
import type { Candidate, EstimatorName, Hyperparameters } from '../schemas/hyperparameters.ts';
import type { Job } from '../schemas/job.ts';
import type { Problem } from '../schemas/problem.ts';

/** Of every three trials the leading finalist gets two. */
const LEADER_TRIALS_OF_THREE = 2;

/** Step 3. */
export const createTuneActivities = () => ({
  /**
   * Candidates for the trials `first` … `first + count − 1`; fewer where the spaces are exhausted.
   * A trial's candidate depends on the seed and its number alone.
   */
  async proposeTrials(request: {
    job: Job;
    problem: Problem;
    rows: number;
    width: number;
    /** Of free texts, among the inputs. */
    terms?: number;
    finalists: Candidate[];
    first: number;
    count: number;
  }): Promise<Candidate[]> {
    const { job, problem, rows, width, terms, finalists, first, count } = request;
    const fixed: Partial<Record<EstimatorName, Hyperparameters>> = job.hyperparameters;
    const shape = { task: problem.task, width, classes: problem.classes.length, terms };
    const tunable = finalists.filter(
      ({ estimator }) => Object.keys(estimatorFor(estimator).space(shape, rows)).length > 0,
    );
    return Array.from({ length: count }, (_, index) => first + index).flatMap((number) => {
      const finalist = pickFinalist(tunable, number);
      if (finalist === undefined) return [];
      const space = estimatorFor(finalist.estimator).space(shape, rows);
      const hyperparameters = new RandomSampler(job.seed).propose(space, number);
      return [
        {
          estimator: finalist.estimator,
          hyperparameters: { ...hyperparameters, ...fixed[finalist.estimator] },
        },
      ];
    });
  },
});

function pickFinalist(finalists: readonly Candidate[], number: number): Candidate | undefined {
  const [leader, ...others] = finalists;
  if (others.length === 0 || number % 3 < LEADER_TRIALS_OF_THREE) return leader;
  return others[Math.floor(number / 3) % others.length];
}
