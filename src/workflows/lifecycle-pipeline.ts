import { LIFECYCLE_STEPS, type LifecycleStepName } from '../pipelines/built-in-steps.ts';
import type { Pipeline, Step } from '../schemas/pipeline.ts';

const run = (name: string) => ({ $from: `inputs.${name}` });
const output = (step: string, name: string) => ({ $from: `steps.${step}.${name}` });

const job = run('job');
const data = output('preprocess', 'data');
const selection = output('select', 'selection');
const tuning = output('tune', 'tuning');
const model = output('train', 'model');
const evaluation = output('evaluate', 'evaluation');
const optimisation = output('optimise', 'optimisation');

/** A step that is done once, on the CPU, and fails its run when it fails. */
export const plainStep = (id: string, summary: string, inputs: Step['with']): Step => ({
  id,
  summary,
  uses: id,
  with: inputs,
  after: [],
  retry: { attempts: 1, initialSeconds: 1, factor: 2, mostSeconds: 100 },
  resources: { gpu: 'none', gpus: 1 },
  onFailure: 'fail',
  trial: false,
});

/** The seven steps: the default graph, in canonical form. */
export const lifecyclePipeline: Pipeline = {
  schemaVersion: 1,
  name: 'lifecycle',
  description: '',
  inputs: { job: { type: 'Job', description: '' } },
  steps: [
    plainStep('preprocess', 'Clean, transform and normalise the data', { job }),
    plainStep('select', 'Screen the estimators that suit the problem', { job, data }),
    plainStep('tune', 'Search hyperparameters', { job, data, selection }),
    plainStep('train', 'Train the best candidate', { job, data, tuning }),
    plainStep('evaluate', 'Score the model on validation and test rows', {
      job,
      data,
      selection,
      model,
    }),
    plainStep('optimise', 'Diagnose, mend, train again', {
      job,
      data,
      selection,
      tuning,
      model,
      evaluation,
    }),
    plainStep('deploy', 'Package, verify and register the model', {
      ...{ job, data, selection, tuning, model, evaluation, optimisation },
    }),
  ],
  finally: [],
  outputs: { data, tuning, optimisation, deployment: output('deploy', 'deployment') },
  priority: 'interactive',
  cache: 'off',
};

/** One of the steps as a graph of its own, all of whose inputs are given. */
export function singleStepPipeline(id: string): Pipeline {
  const steps = lifecyclePipeline.steps.filter((each) => each.id === id);
  const [{ with: wires } = { with: {} }] = steps;
  const names = Object.keys(wires);
  return {
    ...lifecyclePipeline,
    name: id,
    inputs: Object.fromEntries(names.map((name) => [name, { type: 'any', description: '' }])),
    steps: steps.map((each) => ({
      ...each,
      with: Object.fromEntries(names.map((name) => [name, run(name)])),
    })),
    outputs: Object.fromEntries(
      Object.keys(LIFECYCLE_STEPS[id as LifecycleStepName].output).map((name) => [
        name,
        output(id, name),
      ]),
    ),
  };
}
