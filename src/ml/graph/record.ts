import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import { COMPOUND, type Compound } from './compound.ts';
import type { Attribute, Attributes, DataType, GraphNode, Output, Shape } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import {
  type Int64Scalar,
  type NativeAttribute,
  type NativeBackend,
  type NativeInput,
  nativeBackend,
} from './native-backend.ts';
import { NotCompilable } from './not-compilable.ts';
import { dataTypeNumbers } from './tensorflow-schema.ts';

/** What one call of a function did, as a graph from its parameters to its results. */
export interface Recording {
  readonly nodes: readonly GraphNode[];
  /** Placeholders, in the order of the parameters. */
  readonly parameters: readonly Output[];
  readonly results: readonly Output[];
}

let active: Recorder | undefined;

/** The recorder of the call that is under way, if there is one. */
export const activeRecorder = (): Recorder | undefined => active;

/** Does something that is not to be recorded, though a recording be under way. */
export const unrecorded = <T>(work: () => T): T =>
  active === undefined ? work() : active.aside(work);

/**
 * Calls `body` and records every native op. Tensors that it did not make become constants. Throws
 * NotCompilable where it reads the value of a recorded tensor, for then what it does next would
 * depend on this call's values.
 * The results are tensors too, and the caller's to dispose of.
 * @param enclosing of the recording that this one is a part of
 */
export function record(
  tf: TensorFlow,
  parameters: readonly Tensor[],
  body: () => readonly Tensor[],
  enclosing?: Recorder,
): { recording: Recording; results: readonly Tensor[] } {
  const recorder = new Recorder(nativeBackend(tf), parameters, enclosing);
  const results = recorder.during(() => tf.tidy(body as never) as unknown as readonly Tensor[]);
  return { recording: recorder.finish(results), results };
}

class Recorder {
  readonly #backend: NativeBackend;
  readonly #builder = new GraphBuilder();
  /** Outputs by the data id of the tensor that they gave. */
  readonly #outputs = new Map<object, Output>();
  /** Those that depend on no parameter. */
  readonly #constants = new Set<Output>();
  readonly #parameters: readonly Output[];
  readonly #enclosing: Recorder | undefined;

  constructor(backend: NativeBackend, parameters: readonly Tensor[], enclosing?: Recorder) {
    this.#backend = backend;
    this.#enclosing = enclosing;
    this.#parameters = parameters.map((tensor, index) => {
      const shape: Shape = tensor.shape;
      const output = this.#builder.placeholder(`parameter_${index}`, tensor.dtype, shape);
      this.#outputs.set(tensor.dataId, output);
      return output;
    });
  }

  /** Has the backend tell of each op while `body` runs: its methods are shadowed meanwhile. */
  during<T>(body: () => T): T {
    const backend = this.#backend;
    const { executeSingleOutput: single, executeMultipleOutputs: multiple, readSync } = backend;
    backend.executeSingleOutput = (name, attributes, inputs) => {
      const result = single.call(backend, name, attributes, inputs);
      this.#note(name, attributes, inputs, [result]);
      return result;
    };
    backend.executeMultipleOutputs = (name, attributes, inputs, count) => {
      const results = multiple.call(backend, name, attributes, inputs, count);
      this.#note(name, attributes, inputs, results);
      return results;
    };
    backend.readSync = (dataId) => {
      const output = this.#outputs.get(dataId);
      if (output !== undefined && !this.#constants.has(output)) {
        throw new NotCompilable(`The step reads the value of ${output.node.op} while it runs.`);
      }
      return readSync.call(backend, dataId);
    };
    try {
      return whileActive(this, body);
    } finally {
      uncover(backend);
    }
  }

  /** Does something that is not to be recorded, in the midst of what is. */
  aside<T>(work: () => T): T {
    const backend = this.#backend;
    const { executeSingleOutput, executeMultipleOutputs, readSync } = backend;
    uncover(backend);
    try {
      return whileActive(undefined, work);
    } finally {
      Object.assign(backend, { executeSingleOutput, executeMultipleOutputs, readSync });
    }
  }

  /** Notes a computation whose cell was recorded by itself as one node. */
  addCompound(value: Compound, inputs: readonly Tensor[], results: readonly Tensor[]): void {
    const node = this.#builder.node(
      COMPOUND,
      inputs.map((input) => this.#outputOf(input)),
      { compound: { kind: 'compound', value } },
    );
    for (const [index, { dataId }] of results.entries()) this.#outputs.set(dataId, { node, index });
  }

  /** Whether a tensor is what this recording has made from its parameters. */
  makes(dataId: object): boolean {
    const output = this.#outputs.get(dataId);
    return output !== undefined && !this.#constants.has(output);
  }

  finish(results: readonly Tensor[]): Recording {
    const outputs = results.map((tensor) => this.#outputOf(tensor));
    return { nodes: this.#builder.nodes, parameters: this.#parameters, results: outputs };
  }

  /** Records an op; where it reads constants only, its results may be read like constants. */
  #note(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly NativeInput[],
    results: readonly Tensor[],
  ): void {
    const isConstant = !inputs.some((input) => this.#dependsOnParameters(input));
    const node = this.#builder.node(
      name,
      inputs.map((input) => this.#outputOf(input)),
      this.#attributes(name, attributes),
    );
    for (const [index, tensor] of results.entries()) {
      const output = { node, index };
      this.#outputs.set(tensor.dataId, output);
      if (isConstant) this.#constants.add(output);
    }
  }

  #dependsOnParameters(input: NativeInput): boolean {
    if (isInt64(input)) return false;
    const output = this.#outputs.get(input.dataId);
    return output !== undefined && !this.#constants.has(output);
  }

  #outputOf(input: NativeInput): Output {
    if (isInt64(input)) {
      const { buffer, byteOffset } = input.valueArray;
      const values = new BigInt64Array(buffer, byteOffset, 1);
      return this.#builder.constant({ dtype: 'int64', shape: [], values });
    }
    const known = this.#outputs.get(input.dataId);
    if (known !== undefined) return known;
    if (this.#enclosing?.makes(input.dataId) === true) {
      throw new NotCompilable('The cell of a loop reads a tensor that the loop is not given.');
    }
    const values = this.#backend.readSync(input.dataId);
    if (Array.isArray(values)) throw new NotCompilable('The step reads strings.');
    const dtype = input.dtype as DataType;
    // A copy: the tensor may share its values with an array that changes later.
    const output = this.#builder.constant({
      dtype,
      shape: [...input.shape],
      values: values.slice(),
    });
    this.#outputs.set(input.dataId, output);
    this.#constants.add(output);
    return output;
  }

  #attributes(op: string, attributes: readonly NativeAttribute[]): Attributes {
    return Object.fromEntries(
      attributes.map((attribute) => [attribute.name, this.#attribute(op, attribute)]),
    );
  }

  #attribute(op: string, { name, type, value }: NativeAttribute): Attribute {
    const { binding } = this.#backend;
    const isList = Array.isArray(value);
    switch (type) {
      case binding['TF_ATTR_STRING']:
        return { kind: 'string', value: value as string };
      case binding['TF_ATTR_INT']:
        return isList
          ? { kind: 'ints', value: value as number[] }
          : { kind: 'int', value: value as number };
      case binding['TF_ATTR_FLOAT']:
        return isList
          ? { kind: 'floats', value: value as number[] }
          : { kind: 'float', value: value as number };
      case binding['TF_ATTR_BOOL']:
        return { kind: 'bool', value: Boolean(value) };
      case binding['TF_ATTR_TYPE']:
        return { kind: 'type', value: dataTypeOf(value as number) };
      case binding['TF_ATTR_SHAPE']:
        return { kind: 'shape', value: value as number[] };
      default:
        throw new NotCompilable(`Attribute ${name} of ${op} is of a kind that is not recorded.`);
    }
  }
}

function whileActive<T>(recorder: Recorder | undefined, work: () => T): T {
  const before = active;
  active = recorder;
  try {
    return work();
  } finally {
    active = before;
  }
}

/** What was set on the instance goes, and its class's own methods are seen again. */
function uncover(backend: NativeBackend): void {
  const own: Partial<NativeBackend> = backend;
  delete own.executeSingleOutput;
  delete own.executeMultipleOutputs;
  delete own.readSync;
}

const isInt64 = (input: NativeInput): input is Int64Scalar => 'valueArray' in input;

const namesByNumber = new Map(
  Object.entries(dataTypeNumbers).map(([name, number]) => [number, name as DataType]),
);

function dataTypeOf(number: number): DataType {
  const name = namesByNumber.get(number);
  if (name === undefined)
    throw new NotCompilable(`TensorFlow's data type ${number} is not recorded.`);
  return name;
}
