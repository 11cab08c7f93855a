import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import type { ArrayShape } from '../network/network.ts';

/** What a layer has learned; its gates stand side by side in each array. */
export interface RecurrentArrays {
  readonly kernel: Tensor2D; // [inputs, gates · units]
  readonly recurrent: Tensor2D; // [units, gates · units]
  readonly biases: readonly Tensor1D[];
}

export interface RecurrentGradients {
  readonly kernel: Tensor2D;
  readonly recurrent: Tensor2D;
  readonly biases: readonly Tensor1D[];
  /** By the rows, [rows, inputs]: what flows to the layer below. */
  rows(): Tensor2D;
}

/** What is done before the steps, for all rows of the input at once. */
export interface PreparedInput {
  /** What a step takes of a row: [rows, …] each. */
  readonly sums: readonly Tensor2D[];
  /** What all steps take. */
  readonly constants: readonly Tensor[];
  /** From what the steps' way back gave, added up by rows. */
  gradients(bySteps: StepGradients): RecurrentGradients;
}

export interface StepGradients {
  readonly recurrent: Tensor2D;
  /** [rows, …] each, of which the preparation knows the columns; of a pass [steps · batch, …]. */
  readonly bySums: readonly Tensor2D[];
}

/** A sequence's way through a layer. */
export interface RecurrentPass {
  /** The output of the last step, [batch, units]. */
  readonly last: Tensor2D;
  /** The way back, from the gradient by that output. */
  gradients(byLast: Tensor2D): StepGradients;
}

/** A kind of recurrent layer. */
export interface RecurrentLayer {
  readonly gates: number;
  /** How many `sums` there are. */
  readonly sums: number;
  biasShapes(units: number): readonly ArrayShape[];
  /** Values of all biases, one after another, before training. */
  initialBiases(units: number): readonly number[];
  /** @param rows of the input, [rows, inputs] */
  prepare(tf: TensorFlow, arrays: RecurrentArrays, rows: Tensor2D): PreparedInput;
  /** @param sums what the steps take, one after another: [steps, batch, …] each */
  through(tf: TensorFlow, sums: readonly Tensor3D[], constants: readonly Tensor[]): RecurrentPass;
}
