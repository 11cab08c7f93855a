import type { InputColumn } from '../../schemas/model-package.ts';
import type { DenseLayer } from '../network.ts';
import type { TensorOps } from '../tensor-ops.ts';
import type { OnnxGraph } from './onnx-graph.ts';
import { OnnxType } from './onnx-schema.ts';

const ARITHMETIC = { add: 'Add', subtract: 'Sub', multiply: 'Mul', divide: 'Div' } as const;
const ACTIVATION = { relu: 'Relu', tanh: 'Tanh' } as const;

/** Transforms and networks in operators of ONNX. */
export function onnxOps(graph: OnnxGraph): TensorOps<string> {
  const inputs = new Map<string, string>();
  const cast = (value: string, type: 'float32' | 'float64'): string =>
    graph.node('Cast', [value], { attributes: { to: { int: OnnxType[type] } } });
  const axis = (value: number) => graph.initializer(BigInt64Array.of(BigInt(value)), [1], 'axis');
  const constant = (values: number | readonly number[]): string =>
    typeof values === 'number'
      ? graph.initializer(Float64Array.of(values), [])
      : graph.initializer(Float64Array.from(values), [values.length]);
  const concatenate = (parts: readonly string[]): string =>
    graph.node('Concat', parts, { attributes: { axis: { int: 1 } } });
  const encode = (text: string, codes: ReadonlyMap<string, number>, otherwise: number): string =>
    graph.node('LabelEncoder', [text], {
      isMl: true,
      attributes: {
        keys_strings: { strings: [...codes.keys()] },
        values_int64s: { ints: [...codes.values()] },
        default_int64: { int: otherwise },
      },
    });
  return {
    constant,
    concatenate,
    toFloat32: (value) => cast(value, 'float32'),
    toFloat64: (value) => cast(value, 'float64'),
    column({ name, type }: InputColumn) {
      // Once, however many models of an ensemble read it.
      const input =
        inputs.get(name) ??
        graph.input({ name, type: type === 'string' ? 'string' : 'float64', shape: [null] });
      inputs.set(name, input);
      return input;
    },
    arithmetic: (operation, left, right) => graph.node(ARITHMETIC[operation], [left, right]),
    floor: (value) => graph.node('Floor', [value]),
    wave: (kind, angle) => graph.node(kind === 'sin' ? 'Sin' : 'Cos', [angle]),
    signedLog(value) {
      const logarithm = graph.node('Log', [
        graph.node('Add', [graph.node('Abs', [value]), constant(1)]),
      ]);
      return graph.node('Mul', [graph.node('Sign', [value]), logarithm]);
    },
    power: (base, exponent) => graph.node('Pow', [base, exponent]),
    replaceNotFinite(value, otherwise) {
      const narrow = cast(value, 'float32');
      // ∞ − ∞ and NaN − NaN are NaN, all else is 0.
      const bad = graph.node('IsNaN', [graph.node('Sub', [narrow, narrow])]);
      return graph.node('Where', [bad, otherwise, value]);
    },
    stack: (columns) =>
      concatenate(columns.map((column) => graph.node('Unsqueeze', [column, axis(1)]))),
    clip: (value, low, high) => graph.node('Max', [graph.node('Min', [value, high]), low]),
    lookUp(text, numbers, otherwise) {
      // The operator knows no float64; places do.
      const places = new Map([...numbers.keys()].map((key, place) => [key, place + 1]));
      return graph.node('Gather', [
        constant([otherwise, ...numbers.values()]),
        encode(text, places, 0),
      ]);
    },
    oneHot(text, codes, { otherwise, size }) {
      const code = encode(text, codes, otherwise);
      const places = BigInt64Array.from({ length: size }, (_, i) => BigInt(i));
      const isThere = graph.node('Equal', [
        graph.node('Unsqueeze', [code, axis(1)]),
        graph.initializer(places, [1, size]),
      ]);
      return cast(isThere, 'float32');
    },
    dense(value, { kernel, bias, inputs, units, activation }: DenseLayer, name) {
      const scores = graph.node('Add', [
        graph.node('MatMul', [value, graph.initializer(kernel, [inputs, units], `${name}.kernel`)]),
        graph.initializer(bias, [units], `${name}.bias`),
      ]);
      if (activation === 'linear') return scores;
      if (activation === 'softmax') {
        return graph.node('Softmax', [scores], { attributes: { axis: { int: -1 } } });
      }
      return graph.node(ACTIVATION[activation], [scores]);
    },
    expm1: (value) => graph.node('Sub', [graph.node('Exp', [value]), constant(1)]),
  };
}
