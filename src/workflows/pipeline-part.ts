import { interfaceOf } from '../pipelines/check-scope.ts';
import type { GraphEnd, GraphState, Task, Values } from '../pipelines/graph-state.ts';
import { inputDefaults } from '../pipelines/input-defaults.ts';
import type { Pipeline, Step } from '../schemas/pipeline.ts';
import type { AskedPipeline, PipelineStepState, Usage } from '../schemas/pipeline-run.ts';
import type { CallStates } from './call-ledger.ts';
import type { StepNotes } from './pipeline-view.ts';

/** What one history of a pipeline begins with: a whole run, a part of one, or what continues it. */
export interface PipelinePart {
  /** The whole run. */
  readonly run: { readonly runId: string; readonly workflowId: string };
  /** Where it stands in the whole: empty at the top, `regions[0]/` below. */
  readonly prefix: string;
  /** Name of the graph wherever it runs, for the cache. */
  readonly place: string;
  readonly pipeline: Pipeline;
  readonly hash: string;
  readonly inputs: Values;
  readonly options: AskedPipeline['options'];
  /** Null where it begins. */
  readonly carried: {
    readonly state: GraphState;
    readonly notes: Readonly<Record<string, StepNotes>>;
    readonly askedAtMs: Readonly<Record<string, number>>;
    readonly calls?: CallStates;
    readonly spent: Omit<Usage, 'trials'>;
    readonly pausedMs: number;
    readonly startedAtMs: number;
  } | null;
  /** Lists of outputs go to the store: for parts of a long one. */
  readonly storesLists: boolean;
  readonly eventsPerHistory?: number;
}

/** What a part of a run came to. */
export interface PartResult {
  readonly end: GraphEnd;
  readonly steps: PipelineStepState[];
  readonly usage: Usage;
}

/** A graph inside of another one. */
export type InnerGraph = Pick<PipelinePart, 'pipeline' | 'inputs' | 'storesLists'>;

/** A graph that is one step of another. */
export function taskOfPipeline(step: Step, inputs: Values): InnerGraph {
  const pipeline = step.pipeline as Pipeline;
  return { pipeline, inputs: { ...inputDefaults(pipeline), ...inputs }, storesLists: false };
}

/** A part of a long list: the step that fans out, over these items, as a graph of its own. */
export function taskOfChunk({ step, chunk }: Task): InnerGraph {
  const { each, ...rest } = step;
  const outputs = Object.keys(interfaceOf(step).output);
  const alone: Step = {
    ...rest,
    // Counted where the whole list is.
    trial: false,
    each: { atOnce: 1, ...each, in: { $from: 'inputs.items' } },
    with: chunk?.with as Step['with'],
    after: [],
    when: undefined,
  };
  return {
    storesLists: true,
    inputs: { items: chunk?.items },
    pipeline: {
      schemaVersion: 1,
      name: 'part',
      description: '',
      inputs: { items: { type: 'list', description: '' } },
      steps: [alone],
      finally: [],
      outputs: Object.fromEntries(
        outputs.map((name) => [name, { $from: `steps.${step.id}.${name}` }]),
      ),
      priority: 'interactive',
      cache: 'off',
    },
  };
}
