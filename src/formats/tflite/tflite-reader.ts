import type { DenseLayer, Network } from '../network.ts';
import { transpose } from '../network.ts';
import {
  BufferField,
  FILE_IDENTIFIER,
  ModelField,
  Operator,
  OperatorCodeField,
  OperatorField,
  type OperatorName,
  SubgraphField,
  TensorField,
} from './tflite-schema.ts';

/** A table of a FlatBuffer (https://flatbuffers.dev/internals/), read field by field. */
class Table {
  readonly #bytes: Buffer;
  readonly #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Zero where the field is not there. */
  integer(field: number): number {
    const place = this.#place(field);
    return place === null ? 0 : this.#bytes.readInt32LE(place);
  }

  integers(field: number): number[] {
    return this.#vector(field, (at) => this.#bytes.readInt32LE(at));
  }

  tables(field: number): Table[] {
    return this.#vector(field, (at) => new Table(this.#bytes, at + this.#bytes.readUInt32LE(at)));
  }

  floats(field: number): Float32Array {
    const { start, length } = this.#extent(field);
    // Copied, because a typed array needs an aligned start.
    return new Float32Array(Uint8Array.from(this.#bytes.subarray(start, start + length)).buffer);
  }

  /** Where a field lies, by the table of offsets that the table begins with. */
  #place(field: number): number | null {
    const offsets = this.#at - this.#bytes.readInt32LE(this.#at);
    const entry = 4 + 2 * field;
    if (entry >= this.#bytes.readUInt16LE(offsets)) return null;
    const offset = this.#bytes.readUInt16LE(offsets + entry);
    return offset === 0 ? null : this.#at + offset;
  }

  #extent(field: number): { start: number; length: number } {
    const place = this.#place(field);
    if (place === null) return { start: 0, length: 0 };
    const at = place + this.#bytes.readUInt32LE(place);
    return { start: at + 4, length: this.#bytes.readUInt32LE(at) };
  }

  #vector<T>(field: number, read: (at: number) => T): T[] {
    const { start, length } = this.#extent(field);
    return Array.from({ length }, (_, i) => read(start + 4 * i));
  }
}

/** Reads the network back from the bytes of a model. */
export function readTflite(bytes: Buffer): Network {
  if (bytes.toString('latin1', 4, 8) !== FILE_IDENTIFIER) {
    throw new Error('A TensorFlow Lite model has the identifier TFL3; this file has not.');
  }
  const model = new Table(bytes, bytes.readUInt32LE(0));
  const [graph] = model.tables(ModelField.subgraphs) as [Table];
  const codes = model
    .tables(ModelField.operatorCodes)
    .map((code) => nameOfCode(code.integer(OperatorCodeField.code)));
  const tensors = graph.tables(SubgraphField.tensors);
  const buffers = model.tables(ModelField.buffers);
  const valuesOf = (tensor: number): Float32Array => {
    const place = (tensors[tensor] as Table).integer(TensorField.buffer);
    return (buffers[place] as Table).floats(BufferField.data);
  };
  const layers: DenseLayer[] = [];
  let [scale, shift, log] = [1, 0, false];
  for (const operator of graph.tables(SubgraphField.operators)) {
    const name = codes[operator.integer(OperatorField.opcode)] as OperatorName;
    const [, second = 0, third = 0] = operator.integers(OperatorField.inputs);
    if (name === 'fullyConnected') {
      const shape = (tensors[second] as Table).integers(TensorField.shape);
      const [units, inputs] = shape as [number, number];
      const kernel = transpose(valuesOf(second), units, inputs);
      layers.push({ inputs, units, kernel, bias: valuesOf(third), activation: 'linear' });
    } else if (name === 'multiply') scale = valuesOf(second)[0] as number;
    else if (name === 'add') shift = valuesOf(second)[0] as number;
    else if (name === 'exp') log = true;
    else if (name !== 'subtract') {
      layers.push({ ...(layers.pop() as DenseLayer), activation: name });
    }
  }
  return {
    width: layers[0]?.inputs ?? 0,
    precision: 'float32',
    layers,
    targetScale: layers.at(-1)?.activation === 'softmax' ? null : { scale, shift, log },
  };
}

function nameOfCode(code: number): OperatorName {
  const found = Object.entries(Operator).find(([, each]) => each === code);
  if (found === undefined)
    throw new RangeError(`TensorFlow Lite's operator ${code} can't be read.`);
  return found[0] as OperatorName;
}
