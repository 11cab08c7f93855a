import type { ConstantTensor, GraphNode, Output } from '../../ml/graph/graph.ts';
import { type GraphBuilder, shapeOf, type as typeOf } from '../../ml/graph/graph-builder.ts';
import type { SavedVariables } from '../../ml/graph/write-saved-model.ts';
import type { BundleTensor } from './tensor-bundle.ts';

interface Variable {
  readonly handle: GraphNode;
  readonly read: Output;
  readonly tensor: ConstantTensor;
}

/** Weights as variables of a graph, so that the model can be trained on where it is loaded. */
export class VariableSet {
  readonly #builder: GraphBuilder;
  readonly #variables = new Map<string, Variable>();

  constructor(builder: GraphBuilder) {
    this.#builder = builder;
  }

  /** What the variable of this name holds; the first call makes it. */
  read(tensor: ConstantTensor, name: string): Output {
    const known = this.#variables.get(name);
    if (known !== undefined) return known.read;
    const dtype = typeOf(tensor.dtype);
    const handle = this.#builder.node(
      'VarHandleOp',
      [],
      {
        dtype,
        shape: shapeOf(tensor.shape),
        shared_name: { kind: 'string', value: name },
        container: { kind: 'string', value: '' },
      },
      { name },
    );
    const value = { node: handle, index: 0 };
    const read = this.#builder.add('ReadVariableOp', [value], { dtype }, { name: `${name}/Read` });
    this.#variables.set(name, { handle, read, tensor });
    return read;
  }

  /** Values for the checkpoint. */
  get tensors(): BundleTensor[] {
    return [...this.#variables].map(([name, { tensor }]) => ({
      name,
      shape: tensor.shape,
      values: tensor.values as BundleTensor['values'],
    }));
  }

  /** Adds the ops that initialise, save and restore the variables. */
  finish(): SavedVariables {
    const builder = this.#builder;
    const strings = (values: readonly string[], shape: readonly number[]) =>
      builder.constant({ dtype: 'string', shape, values });
    const names = [...this.#variables.keys()];
    const variables = [...this.#variables.values()];
    const dtypes = variables.map(({ tensor }) => tensor.dtype);
    const list = { dtypes: { kind: 'types', value: dtypes } } as const;
    const filename = strings(['model'], []);
    const tensorNames = strings(names, [names.length]);
    const slices = strings(
      names.map(() => ''),
      [names.length],
    );
    const reads = variables.map(({ read }) => read);
    const saving = builder.node('SaveV2', [filename, tensorNames, slices, ...reads], list);
    const save = builder.add(
      'Identity',
      [filename],
      { T: typeOf('string') },
      { after: [saving], name: 'save' },
    );
    const restoring = builder.node('RestoreV2', [filename, tensorNames, slices], list);
    const assigned = variables.map((variable, index) =>
      this.#assign(variable, { node: restoring, index }),
    );
    const restore = builder.node('NoOp', [], {}, { after: assigned, name: 'restore_all' });
    return {
      saver: { filename, save, restore },
      variables: variables.map((variable) => {
        const initialValue = this.#zeros(variable.tensor);
        const initialise = this.#assign(variable, initialValue);
        const { handle, read } = variable;
        return { handle, initialise, initialValue, read, trainable: true };
      }),
    };
  }

  #assign({ handle, tensor }: Variable, value: Output): GraphNode {
    const dtype = typeOf(tensor.dtype);
    return this.#builder.node('AssignVariableOp', [{ node: handle, index: 0 }, value], { dtype });
  }

  /** Loading restores the values; until then there are noughts, so that they are not stored twice. */
  #zeros({ dtype, shape }: ConstantTensor): Output {
    const dimensions = this.#builder.constant({
      dtype: 'int32',
      shape: [shape.length],
      values: Int32Array.from(shape),
    });
    const values = dtype === 'float64' ? Float64Array.of(0) : Float32Array.of(0);
    const zero = this.#builder.constant({ dtype, shape: [], values });
    return this.#builder.add('Fill', [dimensions, zero], {
      T: typeOf(dtype),
      index_type: typeOf('int32'),
    });
  }
}
