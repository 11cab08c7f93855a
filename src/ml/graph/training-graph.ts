import { BodyScope } from './body-scope.ts';
import type { GraphNode, Output } from './graph.ts';
import { GraphBuilder, shapeOf, type } from './graph-builder.ts';
import type { Recording } from './record.ts';
import type { NativeUpdate, Specs, TensorSpec, TrainingStep } from './training-step.ts';
import { WhileLoop } from './while-loop.ts';

/** A recorded step: its parameters are state, inputs, derived and shared, its results as in `names`. */
export interface RecordedStep {
  readonly recording: Recording;
  /** Names of the state that gets new values: the first results. */
  readonly assigned: readonly string[];
  /** Updates in place; their values are the next results. */
  readonly updates: readonly Omit<NativeUpdate, 'values'>[];
  readonly updateValues: readonly number[];
}

/** A graph that trains, and the places where it is fed and read. */
export interface TrainingGraph {
  readonly nodes: readonly GraphNode[];
  /** Placeholders that set the state, and what to fetch for it. */
  readonly set: Readonly<Record<string, Output>>;
  readonly written: Output;
  readonly get: Readonly<Record<string, Output>>;
  /** int32 scalar: how many steps to do. */
  readonly steps: Output;
  /** Placeholders of the steps' inputs, each with the steps as first dimension. */
  readonly inputs: Readonly<Record<string, Output>>;
  /** Placeholders of what all steps share. */
  readonly shared: Readonly<Record<string, Output>>;
  /** What the steps told, each with the steps as first dimension. */
  readonly outputs: Readonly<Record<string, Output>>;
  readonly finished: Output;
}

/** Makes a graph whose variables hold the state, and whose loop does any number of steps. */
export function trainingGraph(step: TrainingStep, recorded: RecordedStep): TrainingGraph {
  const builder = new GraphBuilder();
  const variables = mapSpecs(step.state, (spec, name) => variable(builder, name, spec));
  const steps = builder.placeholder('steps', 'int32', []);
  const inputs = mapSpecs(step.inputs, ({ dtype, shape }, name) =>
    builder.placeholder(`inputs/${name}`, dtype, [-1, ...shape]),
  );
  const shared = mapSpecs(step.shared ?? {}, ({ dtype, shape }, name) =>
    builder.placeholder(`shared/${name}`, dtype, shape),
  );
  const arrays = mapSpecs(step.outputs, (spec) => tensorArray(builder, spec, steps));
  const flows = Object.values(arrays).map(
    ({ flow }) => ({ value: flow, dtype: 'float32' }) as const,
  );
  const loop = new WhileLoop(builder, {
    ...{ turns: steps, initial: flows, frame: 'steps' },
    constant: (tensor) => builder.constant(tensor),
  });
  const scope = new BodyScope(builder, loop);

  const handles = mapSpecs(step.state, (_spec, name) =>
    scope.enter(variables[name] as Output, 'resource'),
  );
  const isRead = readParameters(recorded.recording);
  const reads = mapSpecs(step.state, ({ dtype }, name, i) => {
    const handle = handles[name] as Output;
    // What only updates in place take is not read: nothing takes what stands for its value.
    if (!isRead(i)) return handle;
    return scope.add('ReadVariableOp', [handle], { dtype: type(dtype) }, [loop.turn.node]);
  });
  const given = rowsOf(builder, scope, loop.turn, step.inputs, inputs);
  const entered = mapSpecs(step.shared ?? {}, ({ dtype }, name) =>
    scope.enter(shared[name] as Output, dtype),
  );
  const batch = lazyBatch(scope, step.inputs, given);
  const derived = mapSpecs(step.derived ?? {}, ({ build }) => build(scope, given, batch()));
  const results = scope.inline(recorded.recording, [
    ...Object.values(reads),
    ...Object.values(given),
    ...Object.values(derived),
    ...Object.values(entered),
  ]);

  const readNodes = Object.values(reads)
    .filter((_, i) => isRead(i))
    .map(({ node }) => node);
  const taken = taker(results);
  const assigns = recorded.assigned.map((name) => {
    const { dtype } = step.state[name] as TensorSpec;
    const [value] = taken(1);
    const assigned = [handles[name] as Output, value as Output];
    return scope.node('AssignVariableOp', assigned, { dtype: type(dtype) }, readNodes);
  });
  const before = [...readNodes, ...assigns];
  const updates = recorded.updates.map(({ op, state, attributes }, i) => {
    const changed = state.map((name) => handles[name] as Output);
    const values = taken(recorded.updateValues[i] as number);
    return scope.node(op, [...changed, ...values], attributes, before);
  });
  const told = Object.entries(step.outputs).map(([name, { dtype }], i) => {
    const { handle } = arrays[name] as { handle: Output };
    const [value] = taken(1);
    const written = [scope.enter(handle, 'resource'), loop.turn, value as Output];
    const flow = loop.carried[i] as Output;
    return scope.add('TensorArrayWriteV3', [...written, flow], { T: type(dtype) });
  });
  const { turns, carried } = loop.close(told, [...assigns, ...updates]);

  const outputs = mapSpecs(step.outputs, (spec, name, i) => {
    const { handle } = arrays[name] as { handle: Output };
    return stack(builder, handle, carried[i] as Output, steps, spec);
  });
  return {
    nodes: builder.nodes,
    ...access(builder, step.state, variables),
    steps,
    inputs,
    shared,
    outputs,
    finished: turns,
  };
}

const variable = (builder: GraphBuilder, name: string, { dtype, shape }: TensorSpec): Output =>
  builder.add(
    'VarHandleOp',
    [],
    {
      dtype: type(dtype),
      shape: shapeOf(shape),
      shared_name: { kind: 'string', value: name },
      container: { kind: 'string', value: '' },
    },
    { name: `state/${name}` },
  );

/** Setting and getting the state from outside of the loop. */
function access(
  builder: GraphBuilder,
  state: Specs,
  variables: Readonly<Record<string, Output>>,
): Pick<TrainingGraph, 'set' | 'written' | 'get'> {
  const set = mapSpecs(state, ({ dtype, shape }, name) =>
    builder.placeholder(`set/${name}`, dtype, shape),
  );
  const assigns = Object.entries(state).map(([name, { dtype }]) =>
    builder.node('AssignVariableOp', [variables[name] as Output, set[name] as Output], {
      dtype: type(dtype),
    }),
  );
  const done = builder.constant({ dtype: 'int32', shape: [], values: Int32Array.of(1) });
  const written = builder.add('Identity', [done], { T: type('int32') }, { after: assigns });
  const get = mapSpecs(state, ({ dtype }, name) =>
    builder.add('ReadVariableOp', [variables[name] as Output], { dtype: type(dtype) }),
  );
  return { set, written, get };
}

/** Tells of a recording's parameters, by their place, whether anything reads them. */
function readParameters({ nodes, parameters, results }: Recording): (place: number) => boolean {
  const outputs = [...nodes.flatMap(({ inputs }) => inputs), ...results];
  const read = new Set(outputs.map(({ node }) => node));
  return (place) => read.has((parameters[place] as Output).node);
}

/** This turn's inputs, of those for all turns. Numbers come in one row together, and are cut. */
function rowsOf(
  builder: GraphBuilder,
  scope: BodyScope,
  turn: Output,
  specs: Specs,
  all: Readonly<Record<string, Output>>,
): Record<string, Output> {
  const numbers = Object.keys(specs).filter((name) => isNumber(specs[name] as TensorSpec));
  const values = numbers.map((name) => all[name] as Output);
  const cut = numbers.length > 1 ? cutRow(builder, scope, turn, values) : undefined;
  return mapSpecs(specs, (spec, name) => {
    const index = numbers.indexOf(name);
    return cut !== undefined && index >= 0
      ? { node: cut, index }
      : rowOf(scope, scope.enter(all[name] as Output, spec.dtype), turn, spec);
  });
}

const isNumber = ({ dtype, shape }: TensorSpec): boolean =>
  dtype === 'float32' && shape.length === 0;

/** This turn's value of each of several vectors, which are made one matrix outside of the loop. */
function cutRow(
  builder: GraphBuilder,
  scope: BodyScope,
  turn: Output,
  vectors: readonly Output[],
): GraphNode {
  const T = type('float32');
  const int = (value: number) => ({ kind: 'int', value }) as const;
  const matrix = builder.add('Pack', vectors, { T, N: int(vectors.length), axis: int(1) });
  const row = rowOf(scope, scope.enter(matrix, 'float32'), turn, { dtype: 'float32' });
  return scope.node('Unpack', [row], { T, num: int(vectors.length), axis: int(0) });
}

/** This turn's part of what was given for all turns. */
function rowOf(
  scope: BodyScope,
  all: Output,
  turn: Output,
  { dtype }: Pick<TensorSpec, 'dtype'>,
): Output {
  const int = type('int32');
  const attributes = { Tparams: type(dtype), Tindices: int, Taxis: int };
  return scope.add('GatherV2', [all, turn, scope.int32([], [0])], attributes);
}

/** Holds one tensor a turn. */
function tensorArray(builder: GraphBuilder, { dtype }: TensorSpec, size: Output) {
  const node = builder.node('TensorArrayV3', [size], {
    dtype: type(dtype),
    element_shape: { kind: 'shape', value: 'unknown' },
    dynamic_size: { kind: 'bool', value: false },
    clear_after_read: { kind: 'bool', value: true },
    identical_element_shapes: { kind: 'bool', value: true },
    tensor_array_name: { kind: 'string', value: '' },
  });
  return { handle: { node, index: 0 }, flow: { node, index: 1 } };
}

function stack(
  builder: GraphBuilder,
  handle: Output,
  flow: Output,
  size: Output,
  { dtype }: TensorSpec,
): Output {
  const bound = (value: number) =>
    builder.constant({ dtype: 'int32', shape: [], values: Int32Array.of(value) });
  const indices = builder.add('Range', [bound(0), size, bound(1)], { Tidx: type('int32') });
  return builder.add('TensorArrayGatherV3', [handle, indices, flow], {
    dtype: type(dtype),
    element_shape: { kind: 'shape', value: 'unknown' },
  });
}

/** The batch size as int32 scalar, read only where something needs it. */
function lazyBatch(
  scope: BodyScope,
  specs: Specs,
  given: Readonly<Record<string, Output>>,
): () => Output {
  let size: Output | undefined;
  return () => {
    const found = Object.entries(specs).find(([, { shape }]) => shape[0] === -1);
    if (found === undefined) return scope.int32([], [1]);
    const [name, { dtype }] = found;
    size ??= scope.firstSize(given[name] as Output, dtype);
    return size;
  };
}

/** Gives the results one group after another. */
function taker(results: readonly Output[]): (count: number) => Output[] {
  let start = 0;
  return (count) => {
    start += count;
    return results.slice(start - count, start);
  };
}

const mapSpecs = <S extends TensorSpec, R>(
  specs: Readonly<Record<string, S>>,
  map: (spec: S, name: string, index: number) => R,
): Record<string, R> =>
  Object.fromEntries(Object.entries(specs).map(([name, spec], i) => [name, map(spec, name, i)]));
