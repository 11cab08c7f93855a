import { OnnxType, type OnnxTypeName, onnxMessage } from './onnx-schema.ts';

/** Domain of the operators of classical machine learning, such as LabelEncoder. */
const ML_DOMAIN = 'ai.onnx.ml';
export const OPSET = 17;
const ML_OPSET = 3;
/** What came with opset 17 (https://onnx.ai/onnx/repo-docs/Versioning.html). */
const IR_VERSION = 8;

export type AttributeValue =
  | { readonly int: number }
  | { readonly string: string }
  /** A tensor [n]. */
  | { readonly float64s: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly strings: readonly string[] };

type TensorValues = Float32Array | Float64Array | BigInt64Array;

interface NodeOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** The result's name; made up where there is none. */
  readonly output?: string;
  /** Of the domain ai.onnx.ml. */
  readonly isMl?: boolean;
}

interface OnnxValue {
  readonly name: string;
  readonly type: OnnxTypeName;
  /** Null for the number of rows. */
  readonly shape: readonly (number | null)[];
}

/** Collects the nodes of an ONNX graph; a tensor is the name of a value. */
export class OnnxGraph {
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];
  readonly #names = new Set<string>();

  /** Names of inputs and outputs are taken before any others are made up. */
  reserve(names: readonly string[]): void {
    for (const name of names) this.#names.add(name);
  }

  input(value: OnnxValue): string {
    this.#inputs.push(valueInfo(value));
    return value.name;
  }

  output(value: OnnxValue): void {
    this.#outputs.push(valueInfo(value));
  }

  node(opType: string, input: readonly string[], options: NodeOptions = {}): string {
    const output = options.output ?? this.#unique(opType);
    this.#nodes.push({
      name: this.#unique(`node_${opType}`),
      opType,
      input,
      output: [output],
      ...(options.isMl === true && { domain: ML_DOMAIN }),
      attribute: Object.entries(options.attributes ?? {}).map(attributeProto),
    });
    return output;
  }

  initializer(values: TensorValues, dims: readonly number[], name = 'constant'): string {
    const unique = this.#unique(name);
    this.#initializers.push(tensorProto(unique, values, dims));
    return unique;
  }

  encode({
    name,
    version,
    metadata,
  }: {
    readonly name: string;
    readonly version: string;
    readonly metadata: Readonly<Record<string, string>>;
  }): Uint8Array {
    const type = onnxMessage('ModelProto');
    const message = type.create({
      irVersion: IR_VERSION,
      opsetImport: [
        { domain: '', version: OPSET },
        { domain: ML_DOMAIN, version: ML_OPSET },
      ],
      producerName: 'sevenfold',
      producerVersion: version,
      graph: {
        name,
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
    return type.encode(message).finish();
  }

  #unique(stem: string): string {
    let name = stem;
    for (let i = 1; this.#names.has(name); i++) name = `${stem}_${i}`;
    this.#names.add(name);
    return name;
  }
}

function tensorProto(name: string, values: TensorValues, dims: readonly number[]): object {
  const type: OnnxTypeName =
    values instanceof Float32Array
      ? 'float32'
      : values instanceof Float64Array
        ? 'float64'
        : 'int64';
  return {
    name,
    dims,
    dataType: OnnxType[type],
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

const valueInfo = ({ name, type, shape }: OnnxValue): object => ({
  name,
  type: {
    tensorType: {
      elemType: OnnxType[type],
      shape: {
        dim: shape.map((size) => (size === null ? { dimParam: 'rows' } : { dimValue: size })),
      },
    },
  },
});

/** Numbers of the enum `AttributeProto.AttributeType`. */
const AttributeType = { int: 2, string: 3, tensor: 4, ints: 7, strings: 8 } as const;

function attributeProto([name, value]: [string, AttributeValue]): object {
  if ('int' in value) return { name, type: AttributeType.int, i: value.int };
  if ('string' in value) {
    return { name, type: AttributeType.string, s: Buffer.from(value.string) };
  }
  if ('float64s' in value) {
    const t = tensorProto(name, Float64Array.from(value.float64s), [value.float64s.length]);
    return { name, type: AttributeType.tensor, t };
  }
  if ('ints' in value) return { name, type: AttributeType.ints, ints: value.ints };
  const strings = value.strings.map((text) => Buffer.from(text));
  return { name, type: AttributeType.strings, strings };
}
