import { type DenseLayer, type Network, rescalingOf, transpose } from '../network.ts';
import type { TorchTensor } from './tensors.ts';

/** PyTorch keeps a layer's weight as [units, inputs]. */
export const weightOf = ({ kernel, inputs, units }: DenseLayer): TorchTensor => ({
  shape: [units, inputs],
  values: transpose(kernel, inputs, units),
});

export const biasOf = ({ bias, units }: DenseLayer): TorchTensor => ({
  shape: [units],
  values: bias,
});

/** One statement of a model's straight-line program. */
export type Statement =
  | { readonly kind: 'convert'; readonly precision: Network['precision'] }
  | { readonly kind: 'dense'; readonly layer: number }
  | { readonly kind: 'relu' | 'tanh' | 'softmax' | 'expm1' }
  | { readonly kind: 'multiply' | 'add'; readonly value: number };

export function toStatements(network: Network): Statement[] {
  const statements: Statement[] = [{ kind: 'convert', precision: network.precision }];
  network.layers.forEach(({ activation }, layer) => {
    statements.push({ kind: 'dense', layer });
    if (activation !== 'linear') statements.push({ kind: activation });
  });
  const rescaling = rescalingOf(network);
  if (rescaling === null) return statements;
  const { scale, shift, log } = rescaling;
  statements.push({ kind: 'multiply', value: scale }, { kind: 'add', value: shift });
  return log ? [...statements, { kind: 'expm1' }] : statements;
}

const PATTERNS: readonly [RegExp, (value: string) => Statement | null][] = [
  [/\bdense_(\d+)(?:_weight|\()/, (index) => ({ kind: 'dense', layer: Number(index) })],
  [/\btorch\.(relu|tanh|softmax|expm1)\(/, (kind) => ({ kind: kind as 'relu' })],
  [
    /(?:torch\.mul\(\w+, |\w \* )([-+\w.]+)/,
    (value) => ({ kind: 'multiply', value: Number(value) }),
  ],
  [/(?:torch\.add\(\w+, |\w \+ )([-+\w.]+)/, (value) => ({ kind: 'add', value: Number(value) })],
  [/(\.to\(|torch\.to\()/, () => null],
];

/**
 * Reads the network back from a program, the lines of `forward` in Python or TorchScript, and from
 * its tensors.
 */
export function readNetwork(
  program: string,
  tensor: (layer: number, name: 'weight' | 'bias') => TorchTensor,
): Network {
  const body = program.slice(program.indexOf('def forward'));
  const lines = body
    .slice(body.indexOf(':\n') + 2)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('"""') && !line.startsWith('#'));
  const layers: DenseLayer[] = [];
  let [scale, shift, log] = [1, 0, false];
  for (const line of lines) {
    if (line.startsWith('return')) break;
    const statement = readStatement(line);
    if (statement === null) continue;
    if (statement.kind === 'dense') layers.push(readLayer(statement.layer, tensor));
    else if (statement.kind === 'multiply') scale = statement.value;
    else if (statement.kind === 'add') shift = statement.value;
    else if (statement.kind === 'expm1') log = true;
    else if (statement.kind !== 'convert') {
      layers.push({ ...(layers.pop() as DenseLayer), activation: statement.kind });
    }
  }
  const [first] = layers;
  return {
    width: first?.inputs ?? 0,
    precision: first?.kernel instanceof Float64Array ? 'float64' : 'float32',
    layers,
    targetScale: layers.at(-1)?.activation === 'softmax' ? null : { scale, shift, log },
  };
}

function readStatement(line: string): Statement | null {
  for (const [pattern, toStatement] of PATTERNS) {
    const [, value] = pattern.exec(line) ?? [];
    if (value !== undefined) return toStatement(value);
  }
  throw new RangeError(`The line '${line}' of a PyTorch program can't be read.`);
}

function readLayer(
  layer: number,
  tensor: (layer: number, name: 'weight' | 'bias') => TorchTensor,
): DenseLayer {
  const { shape, values } = tensor(layer, 'weight');
  const [units, inputs] = shape as [number, number];
  const kernel = transpose(values, units, inputs);
  return { inputs, units, kernel, bias: tensor(layer, 'bias').values, activation: 'linear' };
}

/** A float as Python and TorchScript write it. */
export const pythonFloat = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
