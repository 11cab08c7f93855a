import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import type { BodyScope } from './body-scope.ts';
import type { Attributes, Output } from './graph.ts';

/** Form of a tensor. */
export interface TensorSpec {
  readonly dtype: 'float32' | 'int32' | 'bool';
  /** −1 stands for the batch size: the same in all tensors of one step. */
  readonly shape: readonly number[];
}

export type Specs = Readonly<Record<string, TensorSpec>>;
export type Tensors<S extends Specs = Specs> = Readonly<Record<keyof S & string, Tensor>>;

/** Values of a tensor on the host, row-major. */
export type HostValues = Float32Array | Int32Array;

/** A tensor that is made from a step's inputs: by the host, or by the graph, to the same bits. */
export interface DerivedSpec extends TensorSpec {
  make(inputs: Readonly<Record<string, HostValues>>, batch: number): HostValues;
  /** Adds the nodes that make it; `batch` is an int32 scalar. */
  build(scope: BodyScope, inputs: Readonly<Record<string, Output>>, batch: Output): Output;
}

/** A native op that changes variables in place, such as ResourceApplyAdam. */
export interface NativeUpdate {
  readonly op: string;
  /** Names of the state that it changes: its first inputs. */
  readonly state: readonly string[];
  /** Its other inputs. */
  readonly values: readonly Tensor[];
  readonly attributes: Attributes;
}

export interface StepResult {
  /** New values of state; what is left out stays as it was. */
  readonly state: Tensors;
  /** Done after the new values have been set. */
  readonly updates?: readonly NativeUpdate[];
  /** What the step tells, kept for every step. */
  readonly outputs: Tensors;
}

/**
 * One step of a training: a function of state and inputs that keeps nothing, draws nothing and
 * reads no values. It is called with real tensors, to run or to be recorded.
 */
export interface TrainingStep {
  /** Kept from step to step. */
  readonly state: Specs;
  /** Given anew to each step. */
  readonly inputs: Specs;
  readonly derived?: Readonly<Record<string, DerivedSpec>>;
  /** Given once for all steps; −1 stands for any size. */
  readonly shared?: Specs;
  readonly outputs: Specs;
  /** Parts of a batch's rows that it does beside each other, 1 where it is not told; each has a row at least. */
  readonly parts?: number;
  /** @param inputs those of this step, what is derived from them, and what all steps share */
  run(tf: TensorFlow, state: Tensors, inputs: Tensors): StepResult;
}
