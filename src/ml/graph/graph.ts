import type { Compound } from './compound.ts';

/** Element types of tensors, by the names that TensorFlow.js and NumPy use. */
export type DataType =
  | 'float32'
  | 'float64'
  | 'int32'
  | 'uint8'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string'
  | 'complex64'
  | 'resource'
  | 'variant';

/** Sizes of the dimensions; −1 for one that is not known until the graph is run. */
export type Shape = readonly number[];

/** The values of a constant, row-major; strings are UTF-8. */
export type TensorValues =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | BigInt64Array
  | readonly string[];

export interface ConstantTensor {
  readonly dtype: DataType;
  readonly shape: Shape;
  readonly values: TensorValues;
}

/** The value of an op's attribute, by its kind in TensorFlow's schema. */
export type Attribute =
  | { readonly kind: 'type'; readonly value: DataType }
  | { readonly kind: 'shape'; readonly value: Shape | 'unknown' }
  | { readonly kind: 'tensor'; readonly value: ConstantTensor }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'types'; readonly value: readonly DataType[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'bools'; readonly value: readonly boolean[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  /** Not TensorFlow's: of a node that stands for a computation of its own. */
  | { readonly kind: 'compound'; readonly value: Compound };

export type Attributes = Readonly<Record<string, Attribute>>;

/** One op of a graph. */
export interface GraphNode {
  readonly name: string;
  /** TensorFlow's name of the op, such as 'MatMul'. */
  readonly op: string;
  readonly inputs: readonly Output[];
  /** Nodes that have to run before this one, though it reads nothing of them. */
  readonly after: readonly GraphNode[];
  readonly attributes: Attributes;
}

/** One of the tensors that a node gives. */
export interface Output {
  readonly node: GraphNode;
  readonly index: number;
}

/** How TensorFlow names an output: 'node:0'. */
export const tensorName = ({ node, index }: Output): string => `${node.name}:${index}`;
