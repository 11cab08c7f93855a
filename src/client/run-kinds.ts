/** What tells one kind of run from another. */
export interface RunKind {
  readonly name: RunKindName;
  readonly workflowType: string;
  /** The query that tells where one stands. */
  readonly stateQuery: string;
  /** What it can be told, besides being cancelled. */
  readonly updates: readonly string[];
  /** Which workflows of the type are runs by themselves, in Temporal's list filter; default: all. */
  readonly filter?: string;
}
export type RunKindName = 'lifecycle' | 'graph' | 'retraining' | 'step';

/** Parts of long lists, graphs in graphs, and earlier histories of a run are workflows of this type, too. */
const BY_THEMSELVES =
  "(ParentWorkflowId IS NULL OR ParentWorkflowId STARTS_WITH 'webhook/') AND ExecutionStatus != 'ContinuedAsNew'";

const steered = ['pause', 'resume', 'extend'];

export const RUN_KINDS: Readonly<Record<RunKindName, RunKind>> = {
  lifecycle: {
    ...{ name: 'lifecycle', workflowType: 'lifecycle', stateQuery: 'runState', updates: steered },
  },
  graph: {
    ...{ name: 'graph', workflowType: 'pipeline', stateQuery: 'pipelineState' },
    ...{ updates: ['pause', 'resume', 'approve'], filter: BY_THEMSELVES },
  },
  retraining: {
    ...{ name: 'retraining', workflowType: 'retrain', stateQuery: 'runState', updates: [] },
  },
  // One of the seven, in a graph.
  step: {
    ...{ name: 'step', workflowType: 'lifecycleStep', stateQuery: 'runState', updates: steered },
  },
};

/** Undefined for a workflow that is no run. */
export const kindOfWorkflow = (type: string): RunKind | undefined =>
  Object.values(RUN_KINDS).find(({ workflowType }) => workflowType === type);
