import type { ValueType } from '../schemas/value-type.ts';

/** What a kind of step takes and gives; an input whose name ends in `?` may be left out. */
export interface StepInterface {
  readonly input: Readonly<Record<string, ValueType>>;
  readonly output: Readonly<Record<string, ValueType>>;
}

/** The steps of the lifecycle, and what they hand to each other, by the names of their schemas. */
export const LIFECYCLE_STEPS = {
  preprocess: { input: { job: 'Job' }, output: { data: 'Preprocessed' } },
  select: {
    input: { job: 'Job', data: 'Preprocessed' },
    output: { selection: 'Selection' },
  },
  tune: {
    input: { job: 'Job', data: 'Preprocessed', selection: 'Selection' },
    output: { tuning: 'Tuning' },
  },
  train: {
    input: { job: 'Job', data: 'Preprocessed', tuning: 'Tuning' },
    output: { model: 'TrainingOutcome' },
  },
  evaluate: {
    input: { job: 'Job', data: 'Preprocessed', selection: 'Selection', model: 'TrainingOutcome' },
    output: { evaluation: 'Evaluated' },
  },
  optimise: {
    input: {
      job: 'Job',
      data: 'Preprocessed',
      selection: 'Selection',
      tuning: 'Tuning',
      model: 'TrainingOutcome',
      evaluation: 'Evaluated',
    },
    output: { optimisation: 'Optimisation' },
  },
  deploy: {
    input: {
      job: 'Job',
      data: 'Preprocessed',
      selection: 'Selection',
      tuning: 'Tuning',
      model: 'TrainingOutcome',
      evaluation: 'Evaluated',
      optimisation: 'Optimisation',
    },
    output: { deployment: 'Deployment' },
  },
} as const satisfies Record<string, StepInterface>;
export type LifecycleStepName = keyof typeof LIFECYCLE_STEPS;

/** Every kind of step whose interface is known beforehand. */
export const BUILT_IN_STEPS: Readonly<Record<string, StepInterface>> = {
  ...LIFECYCLE_STEPS,
  /** All seven, as a run of its own. */
  lifecycle: { input: { job: 'Job' }, output: { result: 'object' } },
  approval: {
    input: { question: 'string', 'details?': 'any' },
    output: { approved: 'boolean', by: 'string', why: 'string' },
  },
};

export const isLifecycleStep = (uses: string): uses is LifecycleStepName =>
  Object.hasOwn(LIFECYCLE_STEPS, uses);
