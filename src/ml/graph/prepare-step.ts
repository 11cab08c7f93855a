import type { TrainingExecution } from '../../schemas/training.ts';
import type { TensorFlow } from '../backend.ts';
import { countOf } from './batch-size.ts';
import { compile } from './compile.ts';
import { EagerStep } from './eager-step.ts';
import { NotCompilable } from './not-compilable.ts';
import type { StepRunner } from './step-runner.ts';
import type { TrainingStep } from './training-step.ts';

/**
 * Making a graph takes about as long as so many steps of a small network that are done op by op.
 * A count, and not a measured time, decides: so that a repetition decides the same.
 */
const WORTH_STEPS = 100;
/** Values of state from which on arithmetic takes longer than calls, and a graph much memory to make. */
const WORTH_VALUES = 2 ** 24;

export interface StepPlan {
  /** Steps that will be done for certain. */
  readonly steps: number;
  /** Undefined where the count of steps decides. */
  readonly engine?: 'op-by-op' | undefined;
}

export interface PreparedStep {
  readonly runner: StepRunner;
  readonly execution: TrainingExecution;
}

/** Makes a graph of a step where that pays and can be, else runs it op by op with the same numbers. */
export function prepareStep(tf: TensorFlow, step: TrainingStep, plan: StepPlan): PreparedStep {
  const opByOp = (reason: string): PreparedStep => ({
    runner: new EagerStep(tf, step),
    execution: { engine: 'op-by-op', reason },
  });
  const { isWorth, reason } = weigh(step, plan);
  if (!isWorth) return opByOp(reason);
  try {
    return { runner: compile(tf, step), execution: { engine: 'graph', reason } };
  } catch (error) {
    if (!(error instanceof NotCompilable)) throw error;
    return opByOp(error.message);
  }
}

/** Whether a graph pays, and why. */
function weigh(
  { state, parts = 1 }: TrainingStep,
  { steps, engine }: StepPlan,
): { readonly isWorth: boolean; readonly reason: string } {
  if (engine === 'op-by-op') return { isWorth: false, reason: 'Asked for.' };
  if (parts > 1) {
    const reason = `${parts} parts of a step are done side by side in graphs alone.`;
    return { isWorth: true, reason };
  }
  if (steps < WORTH_STEPS) {
    const reason = `${steps} steps are fewer than the ${WORTH_STEPS} that a graph is worth.`;
    return { isWorth: false, reason };
  }
  const values = Object.values(state).reduce((sum, { shape }) => sum + countOf(shape, 1), 0);
  if (values > WORTH_VALUES) {
    const reason = `${values} values of state are more than the ${WORTH_VALUES} of a graph that pays.`;
    return { isWorth: false, reason };
  }
  const reason = `${steps} steps are no fewer than the ${WORTH_STEPS} that a graph is worth.`;
  return { isWorth: true, reason };
}
