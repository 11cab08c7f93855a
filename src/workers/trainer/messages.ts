import type { InputProblem } from '../../errors.ts';
import type { TrainingOutcome, TrainingProgress, TrainingRequest } from '../../schemas/training.ts';

/** From the worker to its trainer process. */
export type TrainerCommand =
  | { readonly kind: 'train'; readonly request: TrainingRequest; readonly checkpoint: string }
  /** Keep a checkpoint, then stop. */
  | { readonly kind: 'stop' };

/** From a trainer process to its worker. */
export type TrainerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | { readonly kind: 'outcome'; readonly outcome: TrainingOutcome }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'failed';
      readonly message: string;
      /** Set when the fault is the user's. */
      readonly problem: InputProblem | null;
      /** Whether trying again can help: a fault of the system, not of the program. */
      readonly isTransient: boolean;
    };
