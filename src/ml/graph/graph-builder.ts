import type {
  Attribute,
  Attributes,
  ConstantTensor,
  DataType,
  GraphNode,
  Output,
  Shape,
} from './graph.ts';

interface NodeOptions {
  /** Made unique by a number; the op's name by default. */
  readonly name?: string;
  readonly after?: readonly GraphNode[];
}

/** Collects the nodes of a graph, in an order in which each stands after what it reads. */
export class GraphBuilder {
  readonly #nodes: GraphNode[] = [];
  readonly #inputs = new Map<GraphNode, Output[]>();
  readonly #names = new Map<string, number>();

  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  /** Adds an op with any number of outputs. */
  node(
    op: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): GraphNode {
    // TensorFlow's private ops begin with what no name may begin with.
    const { name = op.replace(/^_/, ''), after = [] } = options;
    const own = [...inputs];
    const node = { name: this.unique(name), op, inputs: own, after, attributes };
    this.#nodes.push(node);
    this.#inputs.set(node, own);
    return node;
  }

  /** Adds an op; gives its first output. */
  add(
    op: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): Output {
    return { node: this.node(op, inputs, attributes, options), index: 0 };
  }

  /** What is fed when the graph is run; −1 stands for a size that is not known yet. */
  placeholder(name: string, dtype: DataType, shape: Shape): Output {
    return this.add('Placeholder', [], { dtype: type(dtype), shape: shapeOf(shape) }, { name });
  }

  constant(tensor: ConstantTensor, name = 'Const'): Output {
    const attributes = {
      dtype: type(tensor.dtype),
      value: { kind: 'tensor', value: tensor },
    } as const;
    return this.add('Const', [], attributes, { name });
  }

  /** Gives a node one more input, which may stand after it: how loops are closed. */
  closeLoop({ node }: Output, input: Output): void {
    const inputs = this.#inputs.get(node);
    if (inputs === undefined) throw new RangeError(`${node.name} is of another graph.`);
    inputs.push(input);
  }

  /** A name that no node has. */
  unique(name: string): string {
    const count = this.#names.get(name) ?? 0;
    this.#names.set(name, count + 1);
    return count === 0 ? name : this.unique(`${name}_${count}`);
  }
}

export const type = (value: DataType): Attribute => ({ kind: 'type', value });

export const shapeOf = (value: Shape): Attribute => ({ kind: 'shape', value });
