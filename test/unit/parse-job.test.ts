import { expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { modelName } from '../../src/schemas/model-name.ts';
import { parseBudget, parseJob } from '../../src/schemas/parse-job.ts';

const smallest = { data: 'customers.csv', target: 'churned' };

function problemOf(input: unknown) {
  try {
    parseJob(input);
  } catch (error) {
    if (error instanceof InputError) return error.problem;
    throw error;
  }
  throw new Error('The job was taken.');
}

test('data and target are a whole job; all else has a default', () => {
  const job = parseJob(smallest);
  expect(job.split).toEqual({ kind: 'random', test: 0.2, validation: 0.2 });
  expect(job.preprocess.normalise).toBe('standard');
  expect(job.seed).toBe(0);
  expect(job.optimise.rounds).toBe(2);
});

test('a resolved job resolves to itself', () => {
  const job = parseJob({ ...smallest, budget: '60s' });
  expect(parseJob(job)).toEqual(job);
  expect(job.budget).toEqual({ seconds: 60 });
});

test.each([
  [{ ...smallest, targt: 'x' }, 'targt', "Did you mean 'target'?"],
  [{ data: 'customers.csv', targt: 'churned' }, 'targt', "Did you mean 'target'?"],
  [{ ...smallest, split: { kind: 'random', tets: 0.1 } }, 'split.tets', "Did you mean 'test'?"],
  [{ ...smallest, split: { kind: 'randm' } }, 'split.kind', "Did you mean 'random'?"],
  [{ ...smallest, metric: 'acuracy' }, 'metric', "Did you mean 'accuracy'?"],
  [{ ...smallest, columns: { drops: [] } }, 'columns.drops', "Did you mean 'drop'?"],
  [
    { ...smallest, hyperparameters: { mlp: { epoch: 3 } } },
    'hyperparameters.mlp.epoch',
    "'epochs'",
  ],
  [{ ...smallest, estimators: ['mpl'] }, 'estimators.0', "Did you mean 'mlp'?"],
])('a misspelt job names the field and the nearest name: %j', (input, field, remedy) => {
  const problem = problemOf(input);
  expect(problem.field).toBe(field);
  expect(problem.remedy).toContain(remedy);
});

test.each([
  [{ data: 'a.csv' }, 'target', 'a value of type string'],
  [{ ...smallest, seed: 'one' }, 'seed', 'a value of type'],
  [{ ...smallest, seed: -1 }, 'seed', 'at least 0'],
  [{ ...smallest, split: { kind: 'random', test: 1.5 } }, 'split.test', 'below 1'],
  [{ ...smallest, estimators: [] }, 'estimators', 'at least 1'],
  [{ ...smallest, budget: '60 parsecs' }, 'budget', 'seconds, minutes, trials or epochs'],
  ['customers.csv', 'job', 'an object'],
])('a wrong value names the field and what was expected: %j', (input, field, expected) => {
  const problem = problemOf(input);
  expect(problem.field).toBe(field);
  expect(problem.expected).toContain(expected);
});

test.each([
  [{ columns: { drop: ['churned'] } }, 'columns.drop'],
  [{ columns: { drop: ['age'], types: { age: 'numeric' } } }, 'columns.types.age'],
  [{ split: { kind: 'group', column: 'churned' } }, 'split.column'],
  [{ task: 'regression', metric: 'accuracy' }, 'metric'],
  [{ task: 'multiclass', metric: 'f1' }, 'metric'],
  [{ task: 'regression', positiveClass: 'yes' }, 'positiveClass'],
  [{ estimators: ['linear'], hyperparameters: { mlp: {} } }, 'hyperparameters.mlp'],
  [{ resources: { gpuModel: 'h200' } }, 'resources.gpuModel'],
  [{ format: { kind: 'parquet', separator: ';' } }, 'format.separator'],
  [
    { preprocess: { targetScale: 'power' }, deployment: { formats: ['onnx', 'tfjs-graph'] } },
    'deployment.formats',
  ],
])('conflicting options are refused: %j', (options, field) => {
  expect(problemOf({ ...smallest, ...options })).toMatchObject({
    code: 'ConflictingOptions',
    field,
  });
});

test('a budget is read in seconds, trials and epochs', () => {
  expect(parseBudget('5m')).toEqual({ seconds: 300 });
  expect(parseBudget('30trials, 20 epochs')).toEqual({ trials: 30, epochs: 20 });
});

test('a model is named after its data and target, or by the job', () => {
  expect(modelName({ data: '/data/Auto MPG.csv', target: 'Miles/gallon' })).toBe(
    'auto-mpg-miles-gallon',
  );
  expect(modelName({ ...smallest, name: 'churn' })).toBe('churn');
});

test('classes and missing tokens that files write as numbers are the text of cells', () => {
  const job = parseJob({
    data: 'a.csv',
    target: 'b',
    positiveClass: 2,
    columns: { missing: [-999] },
  });
  expect(job.positiveClass).toBe('2');
  expect(job.columns.missing).toEqual(['-999']);
});
