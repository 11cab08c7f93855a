import type { Attributes, ConstantTensor, DataType, GraphNode, Output } from './graph.ts';
import { type GraphBuilder, shapeOf, type } from './graph-builder.ts';
import type { Recording } from './record.ts';
import type { WhileLoop } from './while-loop.ts';

/** The inside of a loop: adds nodes to its body, and has constants enter it. */
export class BodyScope {
  readonly #builder: GraphBuilder;
  readonly #loop: WhileLoop;

  constructor(builder: GraphBuilder, loop: WhileLoop) {
    this.#builder = builder;
    this.#loop = loop;
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
    const known = this.#builder.constant(tensor);
    if (dtype !== 'float32') return this.enter(known, dtype);
    const attributes = { dtype: type(dtype), shape: shapeOf(shape) };
    return this.enter(this.#builder.add('PlaceholderWithDefault', [known], attributes), dtype);
  }

  int32(shape: readonly number[], values: readonly number[]): Output {
    return this.constant({ dtype: 'int32', shape, values: Int32Array.from(values) });
  }

  /** Adds a recorded computation; gives its results for these arguments. */
  inline({ nodes, parameters, results }: Recording, values: readonly Output[]): Output[] {
    const added = new Map<GraphNode, GraphNode>();
    // Parameters and constants have one output each, and are another node's here.
    const given = new Map(parameters.map(({ node }, i) => [node, values[i] as Output]));
    const follow = ({ node, index }: Output): Output => {
      const own = added.get(node);
      const known = own === undefined ? given.get(node) : { node: own, index };
      if (known === undefined) throw new RangeError(`${node.name} stands after what reads it.`);
      return known;
    };
    for (const node of nodes) {
      const value = node.attributes['value'];
      if (node.op === 'Const' && value?.kind === 'tensor') {
        given.set(node, this.constant(value.value));
      } else if (node.op !== 'Placeholder') {
        added.set(node, this.node(node.op, node.inputs.map(follow), node.attributes));
      }
    }
    return results.map(follow);
  }
}
