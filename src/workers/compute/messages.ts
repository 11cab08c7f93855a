import type { OutcomeOf, RequestOf, TaskKind, TaskProgress } from '../../compute/compute-task.ts';
import type { InputProblem } from '../../errors.ts';

/** From the worker to its compute process. */
export type ComputeCommand =
  | {
      readonly kind: 'run';
      readonly task: TaskKind;
      readonly request: RequestOf<TaskKind>;
      /** Name of the task's log. */
      readonly lineage: string;
      /** Names of the logs of the work that it extends, newest first. */
      readonly extend: readonly string[];
    }
  /** Keep a checkpoint, then end. */
  | { readonly kind: 'stop' };

/** From a compute process to its worker. */
export type ComputeReply =
  | { readonly kind: 'progress'; readonly progress: TaskProgress }
  /** The event loop turns. */
  | { readonly kind: 'alive' }
  | { readonly kind: 'outcome'; readonly outcome: OutcomeOf<TaskKind> }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'failed';
      /** The error's name: `Fenced`, `FingerprintMismatch`, `TypeError`. */
      readonly name: string;
      readonly message: string;
      /** Set when the fault is the user's. */
      readonly problem: InputProblem | null;
      /** Whether trying again can help: a fault of the system, not of the program. */
      readonly isTransient: boolean;
    };
