import { operation, service } from 'nexus-rpc';
import type { LifecycleInput } from '../schemas/rerun.ts';
import type { LifecycleResult } from '../schemas/run.ts';
import type { RunState } from '../schemas/run-state.ts';

/** Asks for a run under a business id, which is its workflow id. */
export interface RunLifecycleRequest {
  readonly id: string;
  /** A job, or a rerun; paths as the workers see them. */
  readonly input: LifecycleInput;
  readonly requestedBy?: string;
}

/** What workflows of other namespaces may ask of Sevenfold. */
export const lifecycleService = service('sevenfold', {
  /** Runs a lifecycle; its result is the operation's. Cancelling the operation cancels the run. */
  runLifecycle: operation<RunLifecycleRequest, LifecycleResult>(),
  /** Where a run stands now. */
  runState: operation<{ readonly id: string }, RunState>(),
});
