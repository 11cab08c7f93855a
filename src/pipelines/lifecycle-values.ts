import type { JobInput } from '../schemas/job.ts';
import type {
  Deployment,
  Evaluated,
  Optimisation,
  Preprocessed,
  Selection,
  Tuning,
} from '../schemas/lifecycle-steps.ts';
import type { TrainingOutcome } from '../schemas/training.ts';

interface Values {
  readonly job: JobInput;
  readonly data: Preprocessed;
  readonly selection: Selection;
  readonly tuning: Tuning;
  readonly model: TrainingOutcome;
  readonly evaluation: Evaluated;
  readonly optimisation: Optimisation;
}

/** What each of the seven steps takes, for the compiler. */
export interface LifecycleInputs {
  readonly preprocess: Pick<Values, 'job'>;
  readonly select: Pick<Values, 'job' | 'data'>;
  readonly tune: Pick<Values, 'job' | 'data' | 'selection'>;
  readonly train: Pick<Values, 'job' | 'data' | 'tuning'>;
  readonly evaluate: Pick<Values, 'job' | 'data' | 'selection' | 'model'>;
  readonly optimise: Pick<Values, 'job' | 'data' | 'selection' | 'tuning' | 'model' | 'evaluation'>;
  readonly deploy: Values;
}

/** What each of them gives. */
export interface LifecycleOutputs {
  readonly preprocess: Pick<Values, 'data'>;
  readonly select: Pick<Values, 'selection'>;
  readonly tune: Pick<Values, 'tuning'>;
  readonly train: Pick<Values, 'model'>;
  readonly evaluate: Pick<Values, 'evaluation'>;
  readonly optimise: Pick<Values, 'optimisation'>;
  readonly deploy: { readonly deployment: Deployment };
}
