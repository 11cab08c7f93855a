import {
  type Attribute,
  type ConstantTensor,
  type GraphNode,
  type Shape,
  tensorName,
} from './graph.ts';
import { dataTypeNumbers } from './tensorflow-schema.ts';

/** GRAPH_DEF version of TensorFlow 2.15 (tensorflow/core/public/version.h); later ones read it. */
const PRODUCER = 1645;

/** The message `GraphDef` of these nodes, for protobufjs. */
export const graphDef = (nodes: readonly GraphNode[]): object => ({
  node: nodes.map(nodeDef),
  versions: { producer: PRODUCER },
});

const nodeDef = ({ name, op, inputs, after, attributes }: GraphNode): object => ({
  name,
  op,
  input: [
    ...inputs.map((input) => (input.index === 0 ? input.node.name : tensorName(input))),
    ...after.map((node) => `^${node.name}`),
  ],
  attr: Object.fromEntries(
    Object.entries(attributes).map(([key, attribute]) => [key, attrValue(attribute)]),
  ),
});

export const shapeProto = (shape: Shape | 'unknown'): object =>
  shape === 'unknown' ? { unknownRank: true } : { dim: shape.map((size) => ({ size })) };

function attrValue(attribute: Attribute): object {
  switch (attribute.kind) {
    case 'type':
      return { type: dataTypeNumbers[attribute.value] };
    case 'shape':
      return { shape: shapeProto(attribute.value) };
    case 'tensor':
      return { tensor: tensorProto(attribute.value) };
    case 'string':
      return { s: Buffer.from(attribute.value) };
    case 'int':
      return { i: attribute.value };
    case 'float':
      return { f: attribute.value };
    case 'bool':
      return { b: attribute.value };
    case 'types':
      return { list: { type: attribute.value.map((name) => dataTypeNumbers[name]) } };
    case 'ints':
      return { list: { i: attribute.value } };
    case 'floats':
      return { list: { f: attribute.value } };
    case 'bools':
      return { list: { b: attribute.value } };
    case 'strings':
      return { list: { s: attribute.value.map((text) => Buffer.from(text)) } };
    case 'compound':
      throw new TypeError('A compound is laid out in nodes before the graph is encoded.');
  }
}

function tensorProto({ dtype, shape, values }: ConstantTensor): object {
  const head = { dtype: dataTypeNumbers[dtype], tensorShape: shapeProto(shape) };
  if (!ArrayBuffer.isView(values)) {
    return { ...head, stringVal: values.map((text) => Buffer.from(text)) };
  }
  // Raw little-endian values, as TensorFlow and typed arrays keep them.
  const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { ...head, tensorContent: content };
}
