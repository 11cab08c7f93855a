import { Builder, type Offset } from 'flatbuffers';
import {
  BufferField,
  FILE_IDENTIFIER,
  ModelField,
  Operator,
  OperatorCodeField,
  OperatorField,
  type OperatorName,
  OptionsType,
  SCHEMA_VERSION,
  SignatureField,
  SubgraphField,
  TensorField,
  TensorMapField,
} from './tflite-schema.ts';

/** Buffers begin at multiples of this. */
const ALIGNMENT = 16;

interface NamedTensor {
  readonly name: string;
  readonly tensor: number;
}

/** Builds a TensorFlow Lite model of one subgraph; a tensor is an index. */
export class TfliteWriter {
  readonly #builder = new Builder(1 << 16);
  readonly #tensors: Offset[] = [];
  readonly #operators: Offset[] = [];
  readonly #codes: OperatorName[] = [];
  /** The first buffer is empty: that of tensors which are calculated. */
  readonly #buffers: (Uint8Array | null)[] = [null];

  /** A tensor [rows, size] that is fed or calculated. */
  value(name: string, size: number): number {
    return this.#tensor(name, { shape: [1, size], signature: [-1, size], buffer: 0 });
  }

  weight(name: string, shape: readonly number[], values: Float32Array): number {
    this.#buffers.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return this.#tensor(name, { shape, buffer: this.#buffers.length - 1 });
  }

  operator(name: OperatorName, inputs: readonly number[], output: number): number {
    const builder = this.#builder;
    if (!this.#codes.includes(name)) this.#codes.push(name);
    const optionsType = OptionsType[name];
    const options = optionsType === undefined ? 0 : this.#options(name);
    const [given, gives] = [this.#integers(inputs), this.#integers([output])];
    builder.startObject(5);
    builder.addFieldInt32(OperatorField.opcode, this.#codes.indexOf(name), 0);
    builder.addFieldOffset(OperatorField.inputs, given, 0);
    builder.addFieldOffset(OperatorField.outputs, gives, 0);
    if (optionsType !== undefined) {
      builder.addFieldInt8(OperatorField.optionsType, optionsType, 0);
      builder.addFieldOffset(OperatorField.options, options, 0);
    }
    this.#operators.push(builder.endObject());
    return output;
  }

  finish(input: NamedTensor, output: NamedTensor, description: string): Uint8Array {
    const builder = this.#builder;
    const buffers = this.#offsets(this.#buffers.map((bytes) => this.#buffer(bytes)));
    const subgraphs = this.#offsets([this.#subgraph(input.tensor, output.tensor)]);
    const codes = this.#offsets(this.#codes.map((name) => this.#operatorCode(name)));
    const signatures = this.#offsets([this.#signature(input, output)]);
    const text = builder.createString(description);
    builder.startObject(8);
    builder.addFieldInt32(ModelField.version, SCHEMA_VERSION, 0);
    builder.addFieldOffset(ModelField.operatorCodes, codes, 0);
    builder.addFieldOffset(ModelField.subgraphs, subgraphs, 0);
    builder.addFieldOffset(ModelField.description, text, 0);
    builder.addFieldOffset(ModelField.buffers, buffers, 0);
    builder.addFieldOffset(ModelField.signatures, signatures, 0);
    builder.finish(builder.endObject(), FILE_IDENTIFIER);
    return builder.asUint8Array();
  }

  #tensor(
    name: string,
    given: {
      readonly shape: readonly number[];
      readonly signature?: readonly number[];
      readonly buffer: number;
    },
  ): number {
    const builder = this.#builder;
    const text = builder.createString(name);
    const shape = this.#integers(given.shape);
    const signature = given.signature === undefined ? 0 : this.#integers(given.signature);
    builder.startObject(8);
    builder.addFieldOffset(TensorField.shape, shape, 0);
    builder.addFieldInt32(TensorField.buffer, given.buffer, 0);
    builder.addFieldOffset(TensorField.name, text, 0);
    if (signature !== 0) builder.addFieldOffset(TensorField.shapeSignature, signature, 0);
    this.#tensors.push(builder.endObject());
    return this.#tensors.length - 1;
  }

  /** No activation is fused in; softmax has a factor for its exponents. */
  #options(name: OperatorName): Offset {
    const builder = this.#builder;
    builder.startObject(4);
    if (name === 'softmax') builder.addFieldFloat32(0, 1, 0);
    return builder.endObject();
  }

  #operatorCode(name: OperatorName): Offset {
    const builder = this.#builder;
    builder.startObject(4);
    builder.addFieldInt8(OperatorCodeField.deprecatedCode, Operator[name], 0);
    builder.addFieldInt32(OperatorCodeField.version, 1, 0);
    builder.addFieldInt32(OperatorCodeField.code, Operator[name], 0);
    return builder.endObject();
  }

  #subgraph(input: number, output: number): Offset {
    const builder = this.#builder;
    const name = builder.createString('main');
    const tensors = this.#offsets(this.#tensors);
    const [inputs, outputs] = [this.#integers([input]), this.#integers([output])];
    const operators = this.#offsets(this.#operators);
    builder.startObject(5);
    builder.addFieldOffset(SubgraphField.tensors, tensors, 0);
    builder.addFieldOffset(SubgraphField.inputs, inputs, 0);
    builder.addFieldOffset(SubgraphField.outputs, outputs, 0);
    builder.addFieldOffset(SubgraphField.operators, operators, 0);
    builder.addFieldOffset(SubgraphField.name, name, 0);
    return builder.endObject();
  }

  #signature(input: NamedTensor, output: NamedTensor): Offset {
    const builder = this.#builder;
    const key = builder.createString('serving_default');
    const inputs = this.#offsets([this.#tensorMap(input)]);
    const outputs = this.#offsets([this.#tensorMap(output)]);
    builder.startObject(5);
    builder.addFieldOffset(SignatureField.inputs, inputs, 0);
    builder.addFieldOffset(SignatureField.outputs, outputs, 0);
    builder.addFieldOffset(SignatureField.key, key, 0);
    builder.addFieldInt32(SignatureField.subgraph, 0, 0);
    return builder.endObject();
  }

  #tensorMap({ name, tensor }: NamedTensor): Offset {
    const builder = this.#builder;
    const text = builder.createString(name);
    builder.startObject(2);
    builder.addFieldOffset(TensorMapField.name, text, 0);
    builder.addFieldInt32(TensorMapField.tensor, tensor, 0);
    return builder.endObject();
  }

  #buffer(bytes: Uint8Array | null): Offset {
    const builder = this.#builder;
    let data = 0;
    if (bytes !== null) {
      builder.startVector(1, bytes.length, ALIGNMENT);
      for (let i = bytes.length - 1; i >= 0; i--) builder.addInt8(bytes[i] as number);
      data = builder.endVector();
    }
    builder.startObject(1);
    if (data !== 0) builder.addFieldOffset(BufferField.data, data, 0);
    return builder.endObject();
  }

  #integers(values: readonly number[]): Offset {
    this.#builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) this.#builder.addInt32(value);
    return this.#builder.endVector();
  }

  #offsets(values: readonly Offset[]): Offset {
    this.#builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) this.#builder.addOffset(value);
    return this.#builder.endVector();
  }
}
