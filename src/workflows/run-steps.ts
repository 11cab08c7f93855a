import type { GraphRun } from '../pipelines/graph-run.ts';
import type { TaskOutcome, Values } from '../pipelines/graph-state.ts';
import type { Step } from '../schemas/pipeline.ts';
import { runGraph } from './run-graph.ts';

/** Carries out one kind of step: inputs by name to outputs by name. */
export type StepImplementation = (inputs: Values) => Promise<Values>;

/** Is told of each step's start and end, and may record it before the graph goes on. */
export interface StepObserver {
  /** Resolves when a step that is ready may start. */
  mayStart(step: Step): Promise<void>;
  started(step: Step, inputs: Values): void;
  completed(step: Step, inputs: Values, outputs: Values): Promise<void>;
  failed(step: Step, inputs: Values, error: unknown): Promise<void>;
}

/** Carries a graph out by functions of this workflow; throws what the step that failed it threw. */
export async function runSteps(
  graph: GraphRun,
  implementations: Readonly<Record<string, StepImplementation>>,
  observer: StepObserver,
): Promise<Values> {
  const errors = new Map<string, unknown>();
  const end = await runGraph(graph, async ({ step, inputs }): Promise<TaskOutcome> => {
    try {
      await observer.mayStart(step);
      observer.started(step, inputs);
      const outputs = await (implementations[step.uses] as StepImplementation)(inputs);
      await observer.completed(step, inputs, outputs);
      return { status: 'completed', outputs };
    } catch (error) {
      errors.set(step.id, error);
      await observer.failed(step, inputs, error);
      return { status: 'failed', failure: String(error) };
    }
  });
  if (end?.failure) throw errors.get(end.failure.step);
  return end?.outputs ?? {};
}
