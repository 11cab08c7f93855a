import type { Pipeline, Step } from '../schemas/pipeline.ts';
import type { StepStatus } from '../schemas/run.ts';

export type Values = Readonly<Record<string, unknown>>;

/** One time that a step is done: for an item, in an iteration, for a chunk of items, or as such. */
export interface TaskState {
  /** Unique in its step: an item's id, an iteration's number, or empty. */
  readonly id: string;
  /** Lost is what was under way when whoever decided was killed: it is to begin again. */
  readonly status: 'waiting' | 'running' | 'lost' | 'completed' | 'failed' | 'cancelled';
  /** Place of the item, or of the chunk's first item, in the list. */
  readonly index?: number;
  /** Items of a chunk. */
  readonly count?: number;
  readonly outputs?: Values;
  readonly failure?: string;
}

export interface StepState {
  readonly status: StepStatus;
  /** Why it failed, or was skipped. */
  readonly reason: string | null;
  readonly outputs: Values | null;
  readonly tasks: readonly TaskState[];
}

/** All that is known of a run: plain JSON, from which it can go on anywhere. */
export interface GraphState {
  readonly steps: Readonly<Record<string, StepState>>;
  /** Why nothing more is to begin. */
  readonly stop: { readonly kind: 'budget' | 'cancelled'; readonly reason: string } | null;
  /** Tasks begun so far that count as trials. */
  readonly trials: number;
}

/** A piece of work to begin. */
export interface Task {
  /** Unique in the run: `train`, `train[north]`, `refine#3`. */
  readonly key: string;
  readonly step: Step;
  readonly inputs: Values;
  /** A part of a long list, for a run of its own: its items, and the step's inputs but for these. */
  readonly chunk?: { readonly items: readonly unknown[]; readonly with: unknown };
}

export type TaskOutcome =
  | { readonly status: 'completed'; readonly outputs: Values }
  | { readonly status: 'failed'; readonly failure: string }
  | { readonly status: 'cancelled' };

export interface GraphEnd {
  readonly status: 'completed' | 'failed' | 'stopped' | 'cancelled';
  /** Null where what an output refers to was skipped, or has failed. */
  readonly outputs: Values;
  /** The first failed step, in the order of the graph, that may not fail. */
  readonly failure: { readonly step: string; readonly reason: string } | null;
}

const WAITING: StepState = { status: 'waiting', reason: null, outputs: null, tasks: [] };

export const initialState = ({ steps, finally: last }: Pipeline): GraphState => ({
  steps: Object.fromEntries([...steps, ...last].map(({ id }) => [id, WAITING])),
  stop: null,
  trials: 0,
});

/** Name of a task in its run. */
export function taskKey(step: Step, id: string): string {
  if (step.each !== undefined) return `${step.id}[${id}]`;
  return step.repeat === undefined ? step.id : `${step.id}#${id}`;
}

export const hasEnded = ({ status }: StepState): boolean =>
  status === 'completed' || status === 'failed' || status === 'skipped';
