import type { HostValues, Tensors } from './training-step.ts';

/** Values by the name of state, input or output. */
export type Values = Readonly<Record<string, HostValues>>;

/** Does training steps, and holds their state. */
export interface StepRunner {
  /** Sets the whole state; the tensors stay the caller's. */
  write(state: Tensors): void;
  /** Sets what all steps share. */
  share(values: Values): void;
  /** The state as it is now, to the bit. */
  readValues(): Values;
  /**
   * Does steps one after another; gives what they told, each with the steps as first dimension.
   * @param inputs of all steps: each with the steps as first dimension, all of one batch size
   */
  run(steps: number, inputs: Values): Values;
  dispose(): void;
}
