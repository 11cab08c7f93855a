import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
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
  /** By the sequence, [steps · batch, inputs]: what flows to the layer below. */
  sequence(): Tensor2D;
}

/** A sequence's way through a layer. */
export interface RecurrentPass {
  /** The output of the last step, [batch, units]. */
  readonly last: Tensor2D;
  /** The way back, from the gradient by that output. */
  gradients(byLast: Tensor2D): RecurrentGradients;
}

/** A kind of recurrent layer. */
export interface RecurrentLayer {
  readonly gates: number;
  biasShapes(units: number): readonly ArrayShape[];
  /** Values of all biases, one after another, before training. */
  initialBiases(units: number): readonly number[];
  /** @param sequence [steps, batch, inputs] */
  through(tf: TensorFlow, arrays: RecurrentArrays, sequence: Tensor3D): RecurrentPass;
}
