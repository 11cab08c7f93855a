import { isDeepStrictEqual } from 'node:util';
import { COMPOUND, type Compound, compoundOf } from './compound.ts';
import type { ConstantTensor, DataType, GraphNode, Output } from './graph.ts';
import { GraphBuilder, type as typeAttribute } from './graph-builder.ts';
import { NotCompilable } from './not-compilable.ts';
import type { Recording } from './record.ts';

/** A recording of a call with this batch size. */
export interface SizedRecording {
  readonly batch: number;
  readonly recording: Recording;
}

/** Where the batch size can be read: the first dimension of this parameter. */
export interface BatchSource {
  readonly parameter: number;
}

/**
 * One graph for any batch size, from recordings of two. Sizes that grow with the batch are read
 * from the shape of a parameter; anything else that differs can't be generalised, and neither can
 * anything that would differ from call to call (random numbers drawn outside of the graph).
 */
export function generalise(
  a: SizedRecording,
  b: SizedRecording,
  source: BatchSource | undefined,
): Recording {
  const { nodes } = a.recording;
  if (nodes.length !== b.recording.nodes.length) {
    throw new NotCompilable('The step does other things from call to call.');
  }
  const builder = new GraphBuilder();
  const replaced = new Map<GraphNode, GraphNode>();
  const follow = ({ node, index }: Output): Output => ({
    node: replaced.get(node) as GraphNode,
    index,
  });
  const batchSize = lazily(() => {
    if (source === undefined) throw new NotCompilable('No parameter has a batch size to go by.');
    return batchOf(builder, follow(a.recording.parameters[source.parameter] as Output));
  });
  for (const [i, node] of nodes.entries()) {
    const other = b.recording.nodes[i] as GraphNode;
    if (node.op === 'Const' && !isDeepStrictEqual(node.attributes, other.attributes)) {
      const pair = {
        a: constantOf(node),
        b: constantOf(other),
        batches: [a.batch, b.batch] as const,
      };
      replaced.set(
        node,
        openConstant(builder, pair, batchSize, isOnlyReshapedBy(node, nodes)).node,
      );
      continue;
    }
    if (node.op === COMPOUND && other.op === COMPOUND) {
      const value = generaliseCell({ ...a, node }, { ...b, node: other });
      const compound = { kind: 'compound', value } as const;
      replaced.set(node, builder.node(COMPOUND, node.inputs.map(follow), { compound }));
      continue;
    }
    if (node.op !== other.op || (node.op !== 'Placeholder' && !haveEqualAttributes(node, other))) {
      throw new NotCompilable(`The step does other things from call to call: ${node.op}.`);
    }
    const { op, name, inputs, attributes } = node;
    const open =
      op === 'Placeholder' ? { ...attributes, shape: openDimensions(node, other) } : attributes;
    replaced.set(node, builder.node(op, inputs.map(follow), open, { name }));
  }
  return {
    nodes: builder.nodes,
    parameters: a.recording.parameters.map(follow),
    results: a.recording.results.map(follow),
  };
}

/** The cell's batch size is read from the first parameter that has one. */
function generaliseCell(
  a: { readonly batch: number; readonly node: GraphNode },
  b: { readonly batch: number; readonly node: GraphNode },
): Compound {
  const { cell, ...form } = compoundOf(a.node);
  const { cell: otherCell, ...otherForm } = compoundOf(b.node);
  if (!isDeepStrictEqual(form, otherForm)) {
    throw new NotCompilable('A loop of the step has other turns from call to call.');
  }
  const parameter = cell.parameters.findIndex(({ node }, i) => {
    const twin = otherCell.parameters[i]?.node;
    return twin !== undefined && firstSize(node) === a.batch && firstSize(twin) === b.batch;
  });
  const recordings = [
    { batch: a.batch, recording: cell },
    { batch: b.batch, recording: otherCell },
  ] as const;
  const source = parameter === -1 ? undefined : { parameter };
  return { ...form, cell: generalise(...recordings, source) };
}

function firstSize({ attributes }: GraphNode): number | undefined {
  const shape = attributes['shape'];
  return shape?.kind === 'shape' && shape.value !== 'unknown' ? shape.value[0] : undefined;
}

const haveEqualAttributes = (a: GraphNode, b: GraphNode): boolean =>
  isDeepStrictEqual(a.attributes, b.attributes);

export const constantOf = (node: GraphNode): ConstantTensor => {
  const value = node.attributes['value'];
  if (value?.kind !== 'tensor') throw new TypeError(`${node.name} is no constant.`);
  return value.value;
};

function openDimensions(node: GraphNode, other: GraphNode) {
  const [a, b] = [node, other].map(({ attributes }) => attributes['shape']);
  if (a?.kind !== 'shape' || b?.kind !== 'shape') throw new TypeError(`${node.name} has no shape.`);
  if (a.value === 'unknown' || b.value === 'unknown') return a;
  const { value } = b;
  return {
    kind: 'shape',
    value: a.value.map((size, i) => (size === value[i] ? size : -1)),
  } as const;
}

/** A number that stays, or one that is to be multiplied by the batch size. */
type Size = { readonly fixed: number } | { readonly perRow: number };

/** A constant at two batch sizes. */
interface Pair {
  readonly a: ConstantTensor;
  readonly b: ConstantTensor;
  readonly batches: readonly [number, number];
}

/** What grows with the batch: a list of sizes, or an array of one number over and over. */
function openConstant(
  builder: GraphBuilder,
  { a, b, batches }: Pair,
  batchSize: () => Output,
  isOnlyReshaped: boolean,
): Output {
  const [ofA, ofB] = [a, b].map(({ values }) => Array.from(values as Float32Array)) as [
    number[],
    number[],
  ];
  if (a.dtype === 'int32' && a.shape.length === 1 && ofA.length === ofB.length) {
    const sizes = scaled(ofA, ofB, batches);
    const inferred = inferOne(sizes);
    return inferred !== undefined && isOnlyReshaped
      ? int32(builder, [inferred.length], inferred)
      : openShape(builder, sizes, batchSize);
  }
  if (!isUniform(ofA) || !isUniform(ofB) || a.shape.length !== b.shape.length) throw differs();
  const [size] = scaled(ofA.slice(0, 1), ofB.slice(0, 1), batches) as [Size];
  const value =
    'fixed' in size
      ? builder.constant({ ...a, shape: [], values: a.values.slice(0, 1) })
      : castTo(builder, a.dtype, sizeNode(builder, size, batchSize));
  if (a.shape.length === 0) return value;
  const shape = openShape(builder, scaled(a.shape, b.shape, batches), batchSize);
  const attributes = { T: typeAttribute(a.dtype), index_type: typeAttribute('int32') };
  return builder.add('Fill', [shape, value], attributes);
}

const isUniform = (values: readonly number[]): boolean =>
  values.length > 0 && values.every((value) => Object.is(value, values[0]));

/** Reads numbers off their values at two batch sizes. */
function scaled(
  ofA: readonly number[],
  ofB: readonly number[],
  [batchA, batchB]: readonly [number, number],
): Size[] {
  return ofA.map((value, i) => {
    if (Object.is(value, ofB[i])) return { fixed: value };
    const perRow = value / batchA;
    if (!Number.isInteger(perRow) || ofB[i] !== perRow * batchB) throw differs();
    return { perRow };
  });
}

const differs = (): NotCompilable =>
  new NotCompilable(
    'A constant of the step differs from call to call: random numbers, or a number that depends on the batch size in a way that is not seen through.',
  );

/** The sizes with −1 for the one that grows; undefined where several do, or another is left open already. */
function inferOne(sizes: readonly Size[]): number[] | undefined {
  const open = sizes.filter((size) => 'perRow' in size || size.fixed === -1);
  return open.length === 1 && open.some((size) => 'perRow' in size)
    ? sizes.map((size) => ('fixed' in size ? size.fixed : -1))
    : undefined;
}

/** Reshape takes one size from the number of values, which spares reading the batch size. */
const isOnlyReshapedBy = (shape: GraphNode, nodes: readonly GraphNode[]): boolean =>
  nodes.every(({ op, inputs }) => op === 'Reshape' || !inputs.some(({ node }) => node === shape));

/** [sizes] as a tensor that is made when the graph runs. */
function openShape(builder: GraphBuilder, sizes: readonly Size[], batchSize: () => Output): Output {
  const parts = sizes.map((size) => sizeNode(builder, size, batchSize));
  const attributes = {
    N: { kind: 'int', value: parts.length },
    T: typeAttribute('int32'),
    axis: { kind: 'int', value: 0 },
  } as const;
  return builder.add('Pack', parts, attributes, { name: 'sizes' });
}

/** A size as int32 scalar. */
function sizeNode(builder: GraphBuilder, size: Size, batchSize: () => Output): Output {
  if ('fixed' in size) return int32(builder, [], [size.fixed]);
  if (size.perRow === 1) return batchSize();
  const inputs = [batchSize(), int32(builder, [], [size.perRow])];
  return builder.add('Mul', inputs, { T: typeAttribute('int32') });
}

function castTo(builder: GraphBuilder, dtype: DataType, value: Output): Output {
  if (dtype === 'int32') return value;
  const attributes = {
    SrcT: typeAttribute('int32'),
    DstT: typeAttribute(dtype),
    Truncate: { kind: 'bool', value: false },
  } as const;
  return builder.add('Cast', [value], attributes);
}

function batchOf(builder: GraphBuilder, parameter: Output): Output {
  const dtype = parameter.node.attributes['dtype'] ?? typeAttribute('float32');
  const int = typeAttribute('int32');
  const shape = builder.add('Shape', [parameter], { T: dtype, out_type: int });
  const inputs = [shape, int32(builder, [], [0]), int32(builder, [], [0])];
  return builder.add('GatherV2', inputs, { Tparams: int, Tindices: int, Taxis: int });
}

const int32 = (builder: GraphBuilder, shape: readonly number[], values: readonly number[]) =>
  builder.constant({ dtype: 'int32', shape, values: Int32Array.from(values) });

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
