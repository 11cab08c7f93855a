import type { InputColumn } from '../schemas/model-package.ts';
import type { DenseLayer } from './network.ts';

type Arithmetic = 'add' | 'subtract' | 'multiply' | 'divide';

/**
 * The few operations that a transform and a network are made of; a graph format implements them
 * with its own nodes. T is a tensor of that format. Columns and constants are float64 where the
 * format has it.
 */
export interface TensorOps<T> {
  /**
   * A raw column [rows]: text (trimmed, '' where missing), or float64 (NaN where missing; booleans
   * are 1 and 0, moments milliseconds since 1970).
   */
  column(input: InputColumn): T;
  /** A scalar, or a vector [n]. */
  constant(values: number | readonly number[]): T;
  arithmetic(operation: Arithmetic, left: T, right: T): T;
  floor(value: T): T;
  /** Of an angle. */
  wave(kind: 'sin' | 'cos', angle: T): T;
  /** sign(x)·ln(1 + |x|) */
  signedLog(value: T): T;
  /** A base from 0 on to an exponent; float64 where the format has it. */
  power(base: T, exponent: T): T;
  /** Where `value`, taken as float32, is no finite number: `otherwise`. */
  replaceNotFinite(value: T, otherwise: T): T;
  /** Columns [rows, n] brought between bounds [n]. */
  clip(value: T, low: T, high: T): T;
  /** Text [rows] to the number that stands for it [rows], or to `otherwise`. */
  lookUp(text: T, numbers: ReadonlyMap<string, number>, otherwise: number): T;
  toFloat32(value: T): T;
  toFloat64(value: T): T;
  /** Columns [rows] side by side: [rows, columns]. */
  stack(columns: readonly T[]): T;
  /** Two matrices [rows, n] or more, side by side. */
  concatenate(matrices: readonly T[]): T;
  /**
   * Text [rows] to float32 [rows, size]: a one at the text's code, or at `otherwise` for a text
   * without one; all zeros where the code is negative.
   */
  oneHot(
    text: T,
    codes: ReadonlyMap<string, number>,
    options: { readonly otherwise: number; readonly size: number },
  ): T;
  /** activation(x · kernel + bias), in the precision of the layer's weights, which the value has too. */
  dense(value: T, layer: DenseLayer, name: string): T;
  /** e^x − 1 */
  expm1(value: T): T;
}
