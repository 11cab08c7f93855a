import type { Attributes, ConstantTensor, DataType, Output } from '../../ml/graph/graph.ts';
import { type GraphBuilder, type as typeOf } from '../../ml/graph/graph-builder.ts';
import type { InputColumn } from '../../schemas/model-package.ts';
import type { DenseLayer } from '../network.ts';
import type { TensorOps } from '../tensor-ops.ts';

const ARITHMETIC = { add: 'AddV2', subtract: 'Sub', multiply: 'Mul', divide: 'RealDiv' } as const;
const ACTIVATION = { relu: 'Relu', tanh: 'Tanh', softmax: 'Softmax' } as const;

/** Gives the tensor of a weight: a constant, or what a variable holds. */
export type WeightSource = (tensor: ConstantTensor, name: string) => Output;

/** Transforms and networks in TensorFlow's ops. */
export class TensorFlowOps implements TensorOps<Output> {
  readonly builder: GraphBuilder;
  /** What the graph calculates in where nothing else is said. */
  readonly #wide: 'float32' | 'float64';
  readonly #weight: WeightSource;
  readonly #column: (input: InputColumn, ops: TensorFlowOps) => Output;

  constructor(
    builder: GraphBuilder,
    options: {
      readonly wide: 'float32' | 'float64';
      readonly weight: WeightSource;
      readonly column?: (input: InputColumn, ops: TensorFlowOps) => Output;
    },
  ) {
    this.builder = builder;
    this.#wide = options.wide;
    this.#weight = options.weight;
    this.#column =
      options.column ??
      (() => {
        throw new TypeError('This graph takes features.');
      });
  }

  column(input: InputColumn): Output {
    return this.#column(input, this);
  }

  constant(values: number | readonly number[]): Output {
    const list = typeof values === 'number' ? [values] : values;
    const shape = typeof values === 'number' ? [] : [values.length];
    return this.builder.constant({
      dtype: this.#wide,
      shape,
      values: this.#wide === 'float64' ? Float64Array.from(list) : Float32Array.from(list),
    });
  }

  arithmetic(operation: keyof typeof ARITHMETIC, left: Output, right: Output): Output {
    return this.#add(ARITHMETIC[operation], [left, right]);
  }

  floor(value: Output): Output {
    return this.#add('Floor', [value]);
  }

  wave(kind: 'sin' | 'cos', angle: Output): Output {
    return this.#add(kind === 'sin' ? 'Sin' : 'Cos', [angle]);
  }

  signedLog(value: Output): Output {
    const logarithm = this.#add('Log1p', [this.#add('Abs', [value])]);
    return this.#add('Mul', [this.#add('Sign', [value]), logarithm]);
  }

  power(base: Output, exponent: Output): Output {
    return this.#add('Pow', [base, exponent]);
  }

  replaceNotFinite(value: Output, otherwise: Output): Output {
    const narrow = this.toFloat32(value);
    // ∞ − ∞ and NaN − NaN are NaN, all else is 0.
    const T = { T: typeOf('float32') };
    const bad = this.builder.add('IsNan', [this.builder.add('Sub', [narrow, narrow], T)], T);
    return this.#add('SelectV2', [bad, otherwise, value]);
  }

  toFloat32(value: Output): Output {
    return this.#cast(value, 'float32');
  }

  toFloat64(value: Output): Output {
    return this.#cast(value, this.#wide);
  }

  stack(columns: readonly Output[]): Output {
    const N = { kind: 'int', value: columns.length } as const;
    return this.#add('Pack', columns, { N, axis: { kind: 'int', value: 1 } });
  }

  concatenate(matrices: readonly Output[]): Output {
    const attributes: Attributes = {
      N: { kind: 'int', value: matrices.length },
      T: typeOf('float32'),
      Tidx: typeOf('int32'),
    };
    return this.builder.add('ConcatV2', [...matrices, this.#integers(1)], attributes);
  }

  clip(value: Output, low: Output, high: Output): Output {
    return this.#add('Maximum', [this.#add('Minimum', [value, high]), low]);
  }

  lookUp(text: Output, numbers: ReadonlyMap<string, number>, otherwise: number): Output {
    const places = new Map([...numbers.keys()].map((key, place) => [key, place + 1]));
    const table = this.constant([otherwise, ...numbers.values()]);
    return this.builder.add('GatherV2', [table, this.#codeOf(text, places, 0), this.#integers(0)], {
      Tparams: typeOf(this.#wide),
      Tindices: typeOf('int32'),
      Taxis: typeOf('int32'),
    });
  }

  oneHot(
    text: Output,
    codes: ReadonlyMap<string, number>,
    { otherwise, size }: { readonly otherwise: number; readonly size: number },
  ): Output {
    const { builder } = this;
    const code = this.#codeOf(text, codes, otherwise);
    const one = (value: number) =>
      builder.constant({ dtype: 'float32', shape: [], values: Float32Array.of(value) });
    return builder.add('OneHot', [code, this.#integers(size), one(1), one(0)], {
      T: typeOf('float32'),
      TI: typeOf('int32'),
      axis: { kind: 'int', value: -1 },
    });
  }

  dense(value: Output, layer: DenseLayer, name: string): Output {
    const { inputs, units, activation, kernel, bias } = layer;
    const dtype = kernel instanceof Float64Array ? this.#wide : 'float32';
    const weight = (values: typeof kernel, shape: number[], part: string) => {
      const converted = dtype === 'float32' ? Float32Array.from(values) : values;
      return this.#weight({ dtype, shape, values: converted }, `${name}.${part}`);
    };
    const T = { T: typeOf(dtype) };
    const product = this.builder.add('MatMul', [value, weight(kernel, [inputs, units], 'kernel')], {
      ...T,
      transpose_a: { kind: 'bool', value: false },
      transpose_b: { kind: 'bool', value: false },
    });
    const scores = this.builder.add('BiasAdd', [product, weight(bias, [units], 'bias')], T);
    return activation === 'linear' ? scores : this.builder.add(ACTIVATION[activation], [scores], T);
  }

  expm1(value: Output): Output {
    return this.#add('Expm1', [value]);
  }

  /** int32 [rows] */
  #codeOf(text: Output, codes: ReadonlyMap<string, number>, otherwise: number): Output {
    const { builder } = this;
    const keys = builder.constant({
      dtype: 'string',
      shape: [1, codes.size],
      values: [...codes.keys()],
    });
    const values = builder.constant({
      dtype: 'int32',
      shape: [codes.size],
      values: Int32Array.from(codes.values()),
    });
    const column = builder.add('ExpandDims', [text, this.#integers(1)], {
      T: typeOf('string'),
      Tdim: typeOf('int32'),
    });
    const isKey = builder.add('Equal', [column, keys], {
      T: typeOf('string'),
      incompatible_shape_error: { kind: 'bool', value: true },
    });
    const isKnown = builder.add('Any', [isKey, this.#integers(1)], { Tidx: typeOf('int32') });
    const asFloat = builder.add('Cast', [isKey], { SrcT: typeOf('bool'), DstT: typeOf('float32') });
    const place = builder.add('ArgMax', [asFloat, this.#integers(1)], {
      T: typeOf('float32'),
      Tidx: typeOf('int32'),
      output_type: typeOf('int32'),
    });
    const found = builder.add('GatherV2', [values, place, this.#integers(0)], {
      Tparams: typeOf('int32'),
      Tindices: typeOf('int32'),
      Taxis: typeOf('int32'),
    });
    return builder.add('SelectV2', [isKnown, found, this.#integers(otherwise)], {
      T: typeOf('int32'),
    });
  }

  /** An op on wide numbers. */
  #add(op: string, inputs: readonly Output[], attributes: Attributes = {}): Output {
    return this.builder.add(op, inputs, { T: typeOf(this.#wide), ...attributes });
  }

  #cast(value: Output, to: DataType): Output {
    if (this.#wide === 'float32') return value;
    const from = dtypeOf(value);
    return from === to
      ? value
      : this.builder.add('Cast', [value], { SrcT: typeOf(from), DstT: typeOf(to) });
  }

  #integers(value: number): Output {
    return this.builder.constant({ dtype: 'int32', shape: [], values: Int32Array.of(value) });
  }
}

/** Element type of what a node gives, by the attributes that its op has. */
function dtypeOf({ node }: Output): DataType {
  const attribute = node.attributes['DstT'] ?? node.attributes['T'] ?? node.attributes['dtype'];
  if (attribute?.kind !== 'type') throw new TypeError(`${node.name} has no type.`);
  return attribute.value;
}
