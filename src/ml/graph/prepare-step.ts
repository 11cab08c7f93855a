import { InputError } from '../../errors.ts';
import type { Arithmetic, TrainingExecution } from '../../schemas/training.ts';
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
  readonly arithmetic: Arithmetic;
  /** Steps that will be done for certain. */
  readonly steps: number;
  /** Undefined where the count of steps decides. */
  readonly engine?: 'op-by-op' | undefined;
}

export interface PreparedStep {
  readonly runner: StepRunner;
  readonly execution: TrainingExecution;
}

/**
 * Makes a graph of a step where that pays and can be, else runs it op by op with the same numbers.
 * @throws InputError where the arithmetic is fast, which is in graphs alone, and there can be none.
 */
export function prepareStep(tf: TensorFlow, step: TrainingStep, plan: StepPlan): PreparedStep {
  const { arithmetic, steps, engine } = plan;
  const opByOp = (reason: string): PreparedStep => ({
    runner: new EagerStep(tf, step),
    execution: { arithmetic, engine: 'op-by-op', reason },
  });
  if (engine === 'op-by-op') return opByOp('Asked for.');
  const { parts = 1 } = step;
  const mayBeOpByOp = arithmetic === 'exact' && parts === 1;
  if (mayBeOpByOp && steps < WORTH_STEPS) {
    return opByOp(`${steps} steps are fewer than the ${WORTH_STEPS} that a graph is worth.`);
  }
  const values = Object.values(step.state).reduce((sum, { shape }) => sum + countOf(shape, 1), 0);
  if (mayBeOpByOp && values > WORTH_VALUES) {
    return opByOp(
      `${values} values of state are more than the ${WORTH_VALUES} of a graph that pays.`,
    );
  }
  try {
    const execution = { arithmetic, engine: 'graph', reason: whyGraph(plan, parts) } as const;
    return { runner: compile(tf, step), execution };
  } catch (error) {
    if (!(error instanceof NotCompilable)) throw error;
    if (arithmetic === 'exact') return opByOp(error.message);
    throw new InputError({
      code: 'FastUnavailable',
      field: 'arithmetic',
      value: 'fast',
      expected: `'exact', for the steps can't be run as a graph here: ${error.message}`,
      remedy: "Set arithmetic to 'exact', or run on native TensorFlow.",
    });
  }
}

function whyGraph({ arithmetic, steps }: StepPlan, parts: number): string {
  if (arithmetic === 'fast') return 'Fast arithmetic runs in graphs alone.';
  return parts > 1
    ? `${parts} parts of a step are done side by side in graphs alone.`
    : `${steps} steps are no fewer than the ${WORTH_STEPS} that a graph is worth.`;
}
