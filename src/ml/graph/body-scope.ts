import { COMPOUND, type Compound, compoundOf, type Loop, type Parts } from './compound.ts';
import type { Attributes, ConstantTensor, DataType, GraphNode, Output } from './graph.ts';
import { type GraphBuilder, shapeOf, type } from './graph-builder.ts';
import type { Recording } from './record.ts';
import { WhileLoop } from './while-loop.ts';

/** The inside of a loop: adds nodes to its body, and has constants enter it. */
export class BodyScope {
  readonly #builder: GraphBuilder;
  readonly #loop: WhileLoop;
  readonly #around: BodyScope | undefined;
  /** Lists that loops have filled, by the nodes that stack them. */
  readonly #lists = new Map<GraphNode, Output>();
  /** Constants of recordings that are here already. */
  readonly #constants = new Map<GraphNode, Output>();

  /** @param around the inside of the loop that the loop stands in */
  constructor(builder: GraphBuilder, loop: WhileLoop, around?: BodyScope) {
    this.#builder = builder;
    this.#loop = loop;
    this.#around = around;
  }

  node(
    op: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    after: readonly GraphNode[] = [],
  ): GraphNode {
    return this.#builder.node(op, inputs, attributes, { after });
  }

  add(
    op: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    after: readonly GraphNode[] = [],
  ): Output {
    return { node: this.node(op, inputs, attributes, after), index: 0 };
  }

  enter(value: Output, dtype: DataType): Output {
    return this.#loop.enter(value, dtype);
  }

  /**
   * TensorFlow rewrites arithmetic with constants that it sees (x / c becomes x · (1 / c)), which
   * changes bits. So numbers come as defaults of placeholders, which it takes for unknown.
   */
  constant(tensor: ConstantTensor): Output {
    const { dtype, shape } = tensor;
    if (this.#around !== undefined) return this.enter(this.#around.constant(tensor), dtype);
    const known = this.#builder.constant(tensor);
    if (dtype !== 'float32') return this.enter(known, dtype);
    const attributes = { dtype: type(dtype), shape: shapeOf(shape) };
    return this.enter(this.#builder.add('PlaceholderWithDefault', [known], attributes), dtype);
  }

  int32(shape: readonly number[], values: readonly number[]): Output {
    return this.constant({ dtype: 'int32', shape, values: Int32Array.from(values) });
  }

  /** A number that TensorFlow must see when it takes the graph: one that enters a loop it may not. */
  #visibleInt32(value: number): Output {
    const tensor: ConstantTensor = { dtype: 'int32', shape: [], values: Int32Array.of(value) };
    const attributes = { dtype: type('int32'), value: { kind: 'tensor', value: tensor } } as const;
    return this.add('Const', [], attributes, [this.#loop.turn.node]);
  }

  /** Adds a recorded computation; gives its results for these arguments. */
  inline({ nodes, parameters, results }: Recording, values: readonly Output[]): Output[] {
    const added = new Map<GraphNode, GraphNode>();
    const compounds = new Map<GraphNode, readonly Output[]>();
    // Parameters and constants have one output each, and are another node's here.
    const given = new Map(parameters.map(({ node }, i) => [node, values[i] as Output]));
    const follow = ({ node, index }: Output): Output => {
      const own = added.get(node);
      const known =
        own === undefined
          ? (compounds.get(node)?.[index] ?? given.get(node))
          : { node: own, index };
      if (known === undefined) throw new RangeError(`${node.name} stands after what reads it.`);
      return known;
    };
    for (const node of nodes) {
      const value = node.attributes['value'];
      if (node.op === 'Const' && value?.kind === 'tensor') {
        const constant = this.#constants.get(node) ?? this.constant(value.value);
        this.#constants.set(node, constant);
        given.set(node, constant);
      } else if (node.op === COMPOUND) {
        compounds.set(node, this.#inlineCompound(compoundOf(node), node.inputs.map(follow)));
      } else if (node.op !== 'Placeholder') {
        added.set(node, this.node(node.op, node.inputs.map(follow), node.attributes));
      }
    }
    return results.map(follow);
  }

  #inlineCompound(compound: Compound, inputs: readonly Output[]): Output[] {
    return compound.kind === 'loop'
      ? this.#inlineLoop(compound, inputs)
      : this.#inlineParts(compound, inputs);
  }

  /** The cell once for each part of the rows: nothing of one waits for another, until their results are joined. */
  #inlineParts({ cell, parts, rows, sums, outputs }: Parts, inputs: readonly Output[]): Output[] {
    const whole = inputs.slice(rows);
    const sizes = this.#partSizes(inputs[0] as Output, dtypeOf(cell.parameters[0]), parts);
    const none = this.int32([], [0]);
    const cut = inputs.slice(0, rows).map((all, i) =>
      this.node('SplitV', [all, sizes, none], {
        T: type(dtypeOf(cell.parameters[i])),
        Tlen: type('int32'),
        num_split: { kind: 'int', value: parts },
      }),
    );
    const results = Array.from({ length: parts }, (_, index) =>
      this.inline(cell, [...cut.map((node) => ({ node, index })), ...whole]),
    );
    const N = { kind: 'int', value: parts } as const;
    const ofAll = (i: number) => results.map((result) => result[i] as Output);
    return [
      ...sums.map((dtype, i) => this.#sum(ofAll(i), dtype)),
      ...outputs.map((dtype, i) => {
        const attributes = { N, T: type(dtype), Tidx: type('int32') };
        return this.add('ConcatV2', [...ofAll(sums.length + i), none], attributes);
      }),
    ];
  }

  /**
   * One after another, as op by op. TensorFlow's optimizer would make one sum of several, in an order of its own,
   * if it were not for what they wait for.
   */
  #sum(terms: readonly Output[], dtype: DataType): Output {
    const after = [this.#loop.turn.node];
    return terms.reduce((sum, term) => this.add('AddV2', [sum, term], { T: type(dtype) }, after));
  }

  /** How many rows each part has: int32 [parts]. Part i begins at the whole number below batch · i / parts. */
  #partSizes(rows: Output, dtype: DataType, parts: number): Output {
    const T = type('int32');
    const batch = this.firstSize(rows, dtype);
    const starts = (from: number) => {
      const numbers = Array.from({ length: parts }, (_, i) => from + i);
      const scaled = this.add('Mul', [batch, this.int32([parts], numbers)], { T });
      return this.add('FloorDiv', [scaled, this.int32([], [parts])], { T });
    };
    return this.add('Sub', [starts(1), starts(0)], { T });
  }

  /** Size of a tensor's first dimension: int32 scalar. */
  firstSize(tensor: Output, dtype: DataType): Output {
    const int = type('int32');
    const shape = this.add('Shape', [tensor], { T: type(dtype), out_type: int });
    const none = this.int32([], [0]);
    return this.add('GatherV2', [shape, none, none], { Tparams: int, Tindices: int, Taxis: int });
  }

  /**
   * A loop within the loop; what each turn gives is kept in a list, which is stacked after it. A loop
   * that goes over what another has kept takes it from the list, which copies nothing.
   */
  #inlineLoop(loop: Loop, inputs: readonly Output[]): Output[] {
    const { cell, turns, carried, sequences, isReversed, outputs } = loop;
    const given = inputs.map((value, i) => ({ value, dtype: dtypeOf(cell.parameters[i]) }));
    const count = this.int32([], [turns]);
    const anyForm = this.#visibleInt32(-1);
    const lists = outputs.map((dtype) => ({
      value: this.add('TensorListReserve', [anyForm, count], {
        element_dtype: type(dtype),
        shape_type: type('int32'),
      }),
      dtype: 'variant' as const,
    }));
    const group = groupOf(loop);
    const inner = new WhileLoop(this.#builder, {
      ...{ turns: this.int32([], [turns / group]), frame: 'sequence' },
      initial: [...given.slice(0, carried), ...lists],
      constant: (tensor) => this.constant(tensor),
    });
    const scope = new BodyScope(this.#builder, inner, this);
    const constants = given
      .slice(carried + sequences)
      .map(({ value, dtype }) => scope.enter(value, dtype));
    const takers = given
      .slice(carried, carried + sequences)
      .map(({ value, dtype }) => this.#taker(scope, value, dtype));
    let [now, filled] = [inner.carried.slice(0, carried), inner.carried.slice(carried)];
    for (const place of scope.#places(turns, group, isReversed)) {
      const steps = takers.map((take) => take(place));
      const results = scope.inline(cell, [...now, ...steps, ...constants]);
      now = results.slice(0, carried);
      filled = results.slice(carried).map((value, i) =>
        scope.add('TensorListSetItem', [filled[i] as Output, place, value], {
          element_dtype: type(outputs[i] as DataType),
        }),
      );
    }
    const after = inner.close([...now, ...filled], []).carried;
    const stacked = after.slice(carried).map((list, i) => {
      const stack = this.add('TensorListStack', [list, anyForm], {
        element_dtype: type(outputs[i] as DataType),
        num_elements: { kind: 'int', value: turns },
      });
      this.#lists.set(stack.node, list);
      return stack;
    });
    return [...after.slice(0, carried), ...stacked];
  }

  /**
   * The places in its sequences, of which this loop goes over a group in each of its turns: int32
   * scalars.
   */
  #places(turns: number, group: number, isReversed: boolean): Output[] {
    const T = type('int32');
    const { turn } = this.#loop;
    const first = group === 1 ? turn : this.add('Mul', [turn, this.int32([], [group])], { T });
    return Array.from({ length: group }, (_, i) => {
      if (isReversed) return this.add('Sub', [this.int32([], [turns - 1 - i]), first], { T });
      return i === 0 ? first : this.add('AddV2', [first, this.int32([], [i])], { T });
    });
  }

  /** How a loop within this one takes a step of a sequence. */
  #taker(scope: BodyScope, sequence: Output, dtype: DataType): (place: Output) => Output {
    const list = this.#lists.get(sequence.node);
    if (list !== undefined) {
      const [entered, anyForm] = [scope.enter(list, 'variant'), scope.#visibleInt32(-1)];
      const attributes = { element_dtype: type(dtype) };
      return (place) => scope.add('TensorListGetItem', [entered, place, anyForm], attributes);
    }
    const T = type('int32');
    const entered = scope.enter(sequence, dtype);
    const one = scope.int32([1], [1]);
    const none = { kind: 'int', value: 0 } as const;
    // What a step of the first dimension is cut to shares memory with the sequence.
    const attributes = {
      ...{ T: type(dtype), Index: T, begin_mask: none, end_mask: none, ellipsis_mask: none },
      ...{ new_axis_mask: none, shrink_axis_mask: { kind: 'int', value: 1 } as const },
    };
    return (place) => {
      const begin = scope.add('Reshape', [place, one], { T, Tshape: T });
      return scope.add('StridedSlice', [entered, begin, one, one], attributes);
    };
  }
}

/** Most turns that a loop of the graph does in one of its own. */
const LARGEST_GROUP = 4;

/**
 * What a loop does around its cell takes as long as a small cell: so one of its turns does several, as
 * many as go into all turns. A cell that holds loops is done once a turn: TensorFlow lost the result of
 * several loops beside each other in one turn ("Retval[0] does not have value"), and its own work is more.
 */
function groupOf({ cell, turns }: Loop): number {
  if (cell.nodes.some(({ op }) => op === COMPOUND)) return 1;
  const sizes = Array.from({ length: LARGEST_GROUP }, (_, i) => LARGEST_GROUP - i);
  return sizes.find((size) => turns % size === 0) ?? 1;
}

function dtypeOf(parameter: Output | undefined): DataType {
  const dtype = parameter?.node.attributes['dtype'];
  if (dtype?.kind !== 'type') throw new TypeError('A parameter of a cell has no type.');
  return dtype.value;
}
