import { RandomStream } from '../../random.ts';
import type { ProblemShape } from '../estimator.ts';
import { initialLimit } from '../network/activation.ts';
import { drawKernels, kernelShapes, layerSizes } from '../network/dense-layers.ts';
import { type ArrayShape, type Network, sizeOf } from '../network/network.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import type { RecurrentLayer } from './recurrent-layer.ts';
import { throughTable, throughTokens } from './text-pass.ts';

/** Kinds of recurrent layers by their names. */
const recurrentLayers = { gru, lstm } as const;

interface TextLayout {
  readonly cell: keyof typeof recurrentLayers;
  /** Numbers of tokens are below this. */
  readonly vocabulary: number;
  readonly embedding: number;
  readonly units: number;
}

/** Rows of the smallest part of a batch that is worth a table: with fewer, a batch has fewer tokens than there are. */
const FEWEST_ROWS = 16;

/**
 * Texts of equally many tokens, a feature each, through an embedding, a recurrent layer, and one dense
 * layer on its last output.
 */
export function textNetwork(
  { width: steps, classes }: ProblemShape,
  { cell, vocabulary, embedding, units }: TextLayout,
): Network {
  const layer: RecurrentLayer = recurrentLayers[cell];
  const { gates } = layer;
  const sizes = layerSizes(units, [], Math.max(1, classes));
  const outputs = Math.max(1, classes);
  const kernels: ArrayShape[] = [
    { name: 'embedding', shape: [vocabulary, embedding] },
    { name: `${cell}.kernel`, shape: [embedding, gates * units] },
    { name: `${cell}.recurrent`, shape: [units, gates * units] },
    ...kernelShapes(sizes),
  ];
  const biases: ArrayShape[] = [
    ...layer.biasShapes(units),
    { name: 'layers.0.bias', shape: [outputs] },
  ];
  const total = (arrays: readonly ArrayShape[]) =>
    arrays.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const way = vocabulary <= FEWEST_ROWS * steps ? throughTable : throughTokens;

  return {
    arrays: [...kernels, ...biases],
    maskedUnits: [],
    multiplications: steps * gates * units * (embedding + units) + units * outputs,
    initialise(seed) {
      const values = new Float32Array(total(kernels) + total(biases));
      const recurrent = drawRecurrent(values, { gates, vocabulary, embedding, units }, seed);
      drawKernels(values, recurrent, sizes, { activation: 'tanh', seed, firstStream: 3 });
      values.set(layer.initialBiases(units), total(kernels));
      return values;
    },
    ...way({ layer, steps, vocabulary }),
  };
}

/** Embedding, kernel and recurrent kernel; gives where they end. */
function drawRecurrent(
  values: Float32Array,
  { gates, vocabulary, embedding, units }: Omit<TextLayout, 'cell'> & Pick<RecurrentLayer, 'gates'>,
  seed: number,
): number {
  const limits = [
    [vocabulary * embedding, 0.05],
    [embedding * gates * units, initialLimit('tanh', { inputs: embedding, outputs: units })],
    [units * gates * units, initialLimit('tanh', { inputs: units, outputs: units })],
  ] as const;
  let end = 0;
  limits.forEach(([count, limit], array) => {
    const stream = new RandomStream(seed, 'initialise', [array]);
    for (let i = 0; i < count; i++) values[end++] = limit * (2 * stream.uniform() - 1);
  });
  return end;
}
