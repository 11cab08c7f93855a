/**
 * Numbers of TensorFlow Lite's schema, version 3: enums, and the places of the fields in its tables
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs).
 */
export const SCHEMA_VERSION = 3;
export const FILE_IDENTIFIER = 'TFL3';

export const Operator = {
  add: 0,
  fullyConnected: 9,
  multiply: 18,
  relu: 19,
  softmax: 25,
  tanh: 28,
  subtract: 41,
  exp: 47,
} as const;
export type OperatorName = keyof typeof Operator;

/** The union of options that each operator has; none where it has no options of its own. */
export const OptionsType: Readonly<Partial<Record<OperatorName, number>>> = {
  add: 11,
  fullyConnected: 8,
  multiply: 21,
  softmax: 9,
  subtract: 28,
  exp: 33,
};

export const ModelField = {
  version: 0,
  operatorCodes: 1,
  subgraphs: 2,
  description: 3,
  buffers: 4,
  signatures: 7,
} as const;
export const OperatorCodeField = { deprecatedCode: 0, version: 2, code: 3 } as const;
export const SubgraphField = { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 } as const;
export const TensorField = { shape: 0, type: 1, buffer: 2, name: 3, shapeSignature: 7 } as const;
export const OperatorField = {
  opcode: 0,
  inputs: 1,
  outputs: 2,
  optionsType: 3,
  options: 4,
} as const;
export const BufferField = { data: 0 } as const;
export const SignatureField = { inputs: 0, outputs: 1, key: 2, subgraph: 4 } as const;
export const TensorMapField = { name: 0, tensor: 1 } as const;
