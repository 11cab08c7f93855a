import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadTensorFlow } from '../../ml/backend.ts';
import type { ExportRunner, FormatFile } from '../model-format.ts';

const MODEL = 'model.json';
const WEIGHTS = 'weights.bin';

export interface NamedWeights {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The two files of a TensorFlow.js model: the topology, and all weights one after the other. */
export function tfjsFiles(
  head: Readonly<Record<string, unknown>>,
  weights: readonly NamedWeights[],
): FormatFile[] {
  const document = {
    ...head,
    generatedBy: 'sevenfold',
    convertedBy: null,
    weightsManifest: [
      {
        paths: [WEIGHTS],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
  };
  const bytes = weights.map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  return [
    {
      path: MODEL,
      bytes: Buffer.from(JSON.stringify(document)),
      mediaType: 'application/json',
      purpose: 'the topology',
    },
    {
      path: WEIGHTS,
      bytes: Buffer.concat(bytes),
      mediaType: 'application/octet-stream',
      purpose: 'the weights',
    },
  ];
}

interface StoredModel {
  readonly weightsManifest: readonly [{ readonly weights: readonly object[] }];
  readonly [key: string]: unknown;
}

interface LoadedModel {
  predict(features: unknown): { data(): Promise<Float32Array>; dispose(): void };
  dispose(): unknown;
}

/** Runs such a model by TensorFlow.js itself, on the backend at hand. */
export async function openTfjs(
  folder: string,
  kind: 'loadLayersModel' | 'loadGraphModel',
): Promise<ExportRunner> {
  const tf = await loadTensorFlow();
  const { weightsManifest, ...stored } = JSON.parse(
    await readFile(join(folder, MODEL), 'utf8'),
  ) as StoredModel;
  const weights = await readFile(join(folder, WEIGHTS));
  const artifacts = {
    ...stored,
    weightSpecs: weightsManifest[0].weights,
    weightData: Uint8Array.from(weights).buffer,
  };
  const handler = { load: async () => artifacts } as unknown as string;
  const model = (await tf[kind](handler)) as unknown as LoadedModel;
  return {
    runtime: `tfjs ${tf.version_core}, ${tf.getBackend()}`,
    async run({ features, rows }) {
      const inputs = tf.tensor2d(features, [rows, features.length / rows]);
      const outputs = model.predict(inputs);
      const values = await outputs.data();
      inputs.dispose();
      outputs.dispose();
      return values;
    },
    dispose: async () => {
      model.dispose();
    },
  };
}
