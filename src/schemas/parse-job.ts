import type { z } from 'zod';
import { InputError, type InputProblem } from '../errors.ts';
import { firstProblem } from './first-problem.ts';
import {
  CnnHyperparameters,
  ElasticNetHyperparameters,
  GradientBoostingHyperparameters,
  LassoHyperparameters,
  LinearHyperparameters,
  LogisticHyperparameters,
  MlpHyperparameters,
  NaiveBayesHyperparameters,
  NearestNeighboursHyperparameters,
  RandomForestHyperparameters,
  RidgeHyperparameters,
  type SingleEstimatorName,
} from './hyperparameters.ts';
import { Job } from './job.ts';
import { findJobConflict } from './job-conflicts.ts';

const HYPERPARAMETERS: Record<SingleEstimatorName, z.ZodType> = {
  linear: LinearHyperparameters,
  ridge: RidgeHyperparameters,
  lasso: LassoHyperparameters,
  elasticNet: ElasticNetHyperparameters,
  logistic: LogisticHyperparameters,
  naiveBayes: NaiveBayesHyperparameters,
  nearestNeighbours: NearestNeighboursHyperparameters,
  randomForest: RandomForestHyperparameters,
  gradientBoosting: GradientBoostingHyperparameters,
  mlp: MlpHyperparameters,
  cnn: CnnHyperparameters,
};

const SHORTHAND = /^\s*(\d+(?:\.\d+)?)\s*(s|seconds?|m|min|minutes?|h|hours?|trials?|epochs?)\s*$/i;

const EXAMPLE = '{"data": "customers.csv", "target": "churned"}';

/** A valid job with all its defaults; an InputError names the first field that is not right. */
export function parseJob(input: unknown): Job {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InputError({
      code: 'InvalidJob',
      field: 'job',
      value: input,
      expected: `an object such as ${EXAMPLE}`,
      remedy: 'Give at least data and target.',
    });
  }
  const parsed = Job.safeParse(withBudgetSpelledOut(input));
  if (!parsed.success) throw new InputError(withExample(firstProblem(parsed.error, Job, input)));
  checkHyperparameters(parsed.data);
  const conflict = findJobConflict(parsed.data);
  if (conflict !== undefined) throw new InputError(conflict);
  return parsed.data;
}

/** Whoever left out what every job has may never have seen one. */
const withExample = (problem: InputProblem): InputProblem =>
  problem.value === undefined && ['data', 'target'].includes(problem.field)
    ? { ...problem, remedy: `Add '${problem.field}' to the job, as in ${EXAMPLE}.` }
    : problem;

/** Each estimator knows its own hyperparameters; the job carries them as they are. */
function checkHyperparameters({ hyperparameters }: Job): void {
  for (const [estimator, given] of Object.entries(hyperparameters)) {
    const schema = HYPERPARAMETERS[estimator as SingleEstimatorName];
    const parsed = schema.safeParse(given);
    if (parsed.success) continue;
    const problem = firstProblem(parsed.error, schema, given);
    throw new InputError({ ...problem, field: `hyperparameters.${estimator}.${problem.field}` });
  }
}

/** `"budget": "60s"` is short for `"budget": { "seconds": 60 }`; so are `5m`, `30trials`, `20epochs`. */
function withBudgetSpelledOut(input: object): object {
  const budget: unknown = 'budget' in input ? input.budget : undefined;
  return typeof budget === 'string' ? { ...input, budget: parseBudget(budget) } : input;
}

/** Reads `60s`, `5m`, `30trials`, or several with commas between. */
export function parseBudget(text: string): z.input<typeof Job>['budget'] {
  const budget: { trials?: number; seconds?: number; epochs?: number } = {};
  for (const part of text.split(',')) {
    const [, amount, unit] = SHORTHAND.exec(part) ?? [];
    if (amount === undefined || unit === undefined) {
      throw new InputError({
        code: 'InvalidBudget',
        field: 'budget',
        value: text,
        expected: 'seconds, minutes, trials or epochs, such as 60s, 5m, 30trials or 20epochs',
        remedy: "Write for example '--budget 60s' or '--budget 30trials'.",
      });
    }
    const count = Number(amount);
    if (/^t/i.test(unit)) budget.trials = count;
    else if (/^e/i.test(unit)) budget.epochs = count;
    else budget.seconds = count * (/^s/i.test(unit) ? 1 : /^m/i.test(unit) ? 60 : 3600);
  }
  return budget;
}
