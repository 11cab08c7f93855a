import { operation, service } from 'nexus-rpc';
import type {
  Decision,
  PipelineRequest,
  PipelineResult,
  PipelineState,
} from '../schemas/pipeline-run.ts';
import type { LifecycleInput } from '../schemas/rerun.ts';
import type { LifecycleResult } from '../schemas/run.ts';
import type { RunState } from '../schemas/run-state.ts';

/** Asks for a run under a business id, which is its workflow id. */
interface RunRequest<Input> {
  readonly id: string;
  /** Paths as the workers see them. */
  readonly input: Input;
  readonly requestedBy?: string;
}
/** For a job, or a rerun. */
export type RunLifecycleRequest = RunRequest<LifecycleInput>;
/** For a graph by its name, or written out. */
export type RunPipelineRequest = RunRequest<PipelineRequest>;

/** An answer to what a run of a graph asks. */
export interface ApproveRequest extends Decision {
  readonly id: string;
}

/** What workflows of other namespaces may ask of Sevenfold. */
export const sevenfoldService = service('sevenfold', {
  /** Runs a lifecycle; its result is the operation's. Cancelling the operation cancels the run. */
  runLifecycle: operation<RunLifecycleRequest, LifecycleResult>(),
  /** Where a lifecycle stands now. */
  runState: operation<{ readonly id: string }, RunState>(),
  /** Runs a graph; its result is the operation's. Cancelling the operation cancels the run. */
  runPipeline: operation<RunPipelineRequest, PipelineResult>(),
  /** Where a run of a graph stands now, and what it asks. */
  pipelineState: operation<{ readonly id: string }, PipelineState>(),
  /** Answers what a run of a graph asks. */
  approve: operation<ApproveRequest, void>(),
});
