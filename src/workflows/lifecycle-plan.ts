import type { Plan, StepInput } from '../schemas/plan.ts';

const run = (name: string): StepInput => ({ from: 'run', name });
const output = (step: string, name: string): StepInput => ({ from: 'step', step, output: name });

const job = run('job');
const data = output('preprocess', 'data');
const selection = output('select', 'selection');

/** The seven steps: the default graph. */
export const lifecyclePlan: Plan = {
  schemaVersion: 1,
  name: 'lifecycle',
  steps: [
    {
      id: 'preprocess',
      uses: 'preprocess',
      summary: 'Clean, transform and normalise the data',
      inputs: { job },
      outputs: ['data'],
      after: [],
    },
    {
      id: 'select',
      uses: 'select',
      summary: 'Screen the estimators that suit the problem',
      inputs: { job, data },
      outputs: ['selection'],
      after: [],
    },
    {
      id: 'tune',
      uses: 'tune',
      summary: 'Search hyperparameters',
      inputs: { job, data, selection },
      outputs: ['tuning'],
      after: [],
    },
    {
      id: 'train',
      uses: 'train',
      summary: 'Train the best candidate',
      inputs: { job, data, tuning: output('tune', 'tuning') },
      outputs: ['model'],
      after: [],
    },
    {
      id: 'evaluate',
      uses: 'evaluate',
      summary: 'Score the model on validation and test rows',
      inputs: { job, data, selection, model: output('train', 'model') },
      outputs: ['evaluation'],
      after: [],
    },
    {
      id: 'optimise',
      uses: 'optimise',
      summary: 'Diagnose, mend, train again',
      inputs: {
        job,
        data,
        selection,
        model: output('train', 'model'),
        evaluation: output('evaluate', 'evaluation'),
      },
      outputs: ['optimisation'],
      after: [],
    },
    {
      id: 'deploy',
      uses: 'deploy',
      summary: 'Package, verify and register the model',
      inputs: { job, data, optimisation: output('optimise', 'optimisation') },
      outputs: ['deployment'],
      after: [],
    },
  ],
  outputs: {
    data,
    tuning: output('tune', 'tuning'),
    optimisation: output('optimise', 'optimisation'),
    deployment: output('deploy', 'deployment'),
  },
};
