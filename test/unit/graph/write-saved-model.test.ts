import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import type { DataType, TensorValues } from '../../../src/ml/graph/graph.ts';
import { GraphBuilder, type as typeAttribute } from '../../../src/ml/graph/graph-builder.ts';
import { GraphSession } from '../../../src/ml/graph/graph-session.ts';
import { writeSavedModel } from '../../../src/ml/graph/write-saved-model.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('saved-model');

interface LoadsSavedModels {
  node: {
    loadSavedModel(folder: string): Promise<{
      predict(input: unknown): { shape: number[]; arraySync(): unknown; dispose(): void };
      dispose(): boolean;
    }>;
  };
}

test('a model that is written here is loaded by its signature, with an open batch size', async () => {
  const tf = await loadTensorFlow();
  const builder = new GraphBuilder();
  const T = typeAttribute('float32');
  const x = builder.placeholder('x', 'float32', [-1, 2]);
  const kernel = builder.constant({
    dtype: 'float32',
    shape: [2, 1],
    values: Float32Array.of(2, -1),
  });
  const product = builder.add('MatMul', [x, kernel], { T });
  const bias = builder.constant({ dtype: 'float32', shape: [1], values: Float32Array.of(0.5) });
  const y = builder.add('AddV2', [product, bias], { T }, { name: 'y' });
  await writeSavedModel(folder, {
    nodes: builder.nodes,
    signatures: {
      serving_default: {
        inputs: { features: { output: x, dtype: 'float32', shape: [-1, 2] } },
        outputs: { score: { output: y, dtype: 'float32', shape: [-1, 1] } },
      },
    },
  });
  const model = await (tf as unknown as LoadsSavedModels).node.loadSavedModel(folder);
  const rows = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  const scores = model.predict(rows);
  expect(scores.arraySync()).toEqual([[0.5], [2.5], [4.5]]);
  rows.dispose();
  scores.dispose();
  model.dispose();
});

const constants: readonly [DataType, number[], TensorValues, string][] = [
  ['float32', [2], Float32Array.of(0.1, Number.NaN), 'float32'],
  ['int32', [2, 2], Int32Array.of(1, -2, 3, 4), 'int32'],
  ['bool', [3], Uint8Array.of(1, 0, 1), 'bool'],
  ['string', [2], ['', 'größer'], 'string'],
  ['float32', [], Float32Array.of(7), 'float32'],
  ['int32', [0], new Int32Array(0), 'int32'],
];
for (const [dtype, shape, values, expected] of constants) {
  test(`a constant ${dtype} of shape [${String(shape)}] comes out of the session as it went in`, async () => {
    const tf = await loadTensorFlow();
    const builder = new GraphBuilder();
    const output = builder.constant({ dtype, shape, values });
    const session = new GraphSession(tf, builder.nodes);
    const [tensor] = session.run([], [output]);
    expect(tensor?.dtype).toBe(expected);
    expect(tensor?.shape).toEqual(shape);
    expect([...(tensor?.dataSync() ?? [])]).toEqual(dtype === 'bool' ? [1, 0, 1] : [...values]);
    tensor?.dispose();
    session.dispose();
  });
}

test('names stay unique, also beside one that looks like a numbered name', () => {
  const builder = new GraphBuilder();
  const names = ['x_1', 'x', 'x', 'x', 'x_1'].map(
    (name) => builder.placeholder(name, 'float32', []).node.name,
  );
  expect(new Set(names).size).toBe(5);
});
