import { loadTensorFlow, type TensorFlow } from '../../ml/backend.ts';
import type { Output } from '../../ml/graph/graph.ts';
import { GraphBuilder } from '../../ml/graph/graph-builder.ts';
import {
  encodeSavedModel,
  type Signature,
  type SignatureTensor,
} from '../../ml/graph/write-saved-model.ts';
import type { ExportedTensor } from '../../schemas/model-export.ts';
import { FEATURES_NAME, outputNameOf } from '../exported-tensors.ts';
import type { ExportBatch, ExportRunner, FormatFile, ModelFormat } from '../model-format.ts';
import { outputsOf } from '../network.ts';
import { emitNetwork } from '../network-graph.ts';
import type { NetworkModel } from '../portable-model.ts';
import { emitTransform } from '../transform-graph.ts';
import type { TypedColumn } from '../typed-columns.ts';
import { isText, readColumn } from './read-column.ts';
import { VariableSet } from './saved-variables.ts';
import { encodeBundle } from './tensor-bundle.ts';
import { TensorFlowOps } from './tensorflow-ops.ts';

/** TensorFlow SavedModel: raw columns in, the transform being part of the graph. */
export const savedModel: ModelFormat<NetworkModel> = {
  name: 'saved-model',
  title: 'TensorFlow SavedModel',
  formatVersion: 'SavedModel schema 1, TensorFlow 2',
  holds: ['network'],
  takes: 'columns',
  inputsOf: ({ transform }) =>
    transform.inputs.map(
      ({ name, type, description }): ExportedTensor => ({
        name,
        dtype: isText(type) ? 'string' : 'float32',
        shape: [null],
        description: `${HINTS[type]}; ${description}`,
      }),
    ),
  async untestable() {
    const tf = await loadTensorFlow();
    return 'node' in tf
      ? null
      : 'SavedModels are tried out on native TensorFlow, and this worker has WebAssembly';
  },
  write: writeSavedModel,
  open: openSavedModel,
};

const HINTS = {
  image: 'not exported',
  number: 'NaN where missing',
  boolean: '1 or 0, NaN where missing',
  datetime: "text, '' where missing",
  string: "text, '' where missing",
} as const;

async function writeSavedModel(model: NetworkModel): Promise<FormatFile[]> {
  const builder = new GraphBuilder();
  const variables = new VariableSet(builder);
  const { network, transform } = model;
  const inputs: Record<string, SignatureTensor> = {};
  const ops = new TensorFlowOps(builder, {
    wide: 'float64',
    weight: (tensor, name) => variables.read(tensor, name),
    column(input, each) {
      const dtype = isText(input.type) ? 'string' : 'float32';
      const output = builder.placeholder(`column_${Object.keys(inputs).length}`, dtype, [-1]);
      inputs[input.name] = { output, dtype, shape: [-1] };
      return readColumn(each, input, output);
    },
  });
  const features = builder.placeholder(FEATURES_NAME, 'float32', [-1, network.width]);
  const signature = (given: Signature['inputs'], output: Output): Signature => ({
    inputs: given,
    outputs: {
      [outputNameOf(model)]: { output, dtype: 'float32', shape: [-1, outputsOf(network)] },
    },
  });
  const fromColumns = emitNetwork(ops, network, emitTransform(ops, transform));
  const fromFeatures = emitNetwork(ops, network, features);
  const given = {
    [FEATURES_NAME]: { output: features, dtype: 'float32', shape: [-1, network.width] },
  } as const;
  const saved = variables.finish();
  const graph = encodeSavedModel({
    nodes: builder.nodes,
    signatures: {
      serving_default: signature(inputs, fromColumns),
      features: signature(given, fromFeatures),
    },
    variables: saved,
  });
  const { index, data } = encodeBundle(variables.tensors);
  const mediaType = 'application/octet-stream';
  return [
    {
      path: 'saved_model.pb',
      bytes: graph,
      mediaType: 'application/x-protobuf',
      purpose: "the graph: signatures 'serving_default' (raw columns) and 'features'",
    },
    { path: 'variables/variables.index', bytes: index, mediaType, purpose: 'index of the weights' },
    {
      path: 'variables/variables.data-00000-of-00001',
      bytes: data,
      mediaType,
      purpose: 'the weights, as variables that can be trained on',
    },
  ];
}

interface SavedModelLoader {
  node: {
    loadSavedModel(
      folder: string,
      tags: string[],
      signature: string,
    ): Promise<{
      predict(inputs: Record<string, unknown>): Record<string, { data(): Promise<Float32Array> }>;
      dispose(): void;
    }>;
  };
}

/** Runs it by native TensorFlow. */
async function openSavedModel(folder: string): Promise<ExportRunner> {
  const tf = await loadTensorFlow();
  const { node } = tf as unknown as SavedModelLoader;
  const model = await node.loadSavedModel(folder, ['serve'], 'serving_default');
  return {
    runtime: `tfjs-node ${tf.version_core}`,
    async run({ columns, rows }: ExportBatch) {
      const inputs = Object.fromEntries(
        columns.map((column) => [column.name, toTensor(tf, column, rows)]),
      );
      const outputs = model.predict(inputs);
      const [output] = Object.values(outputs);
      const values = await output?.data();
      tf.dispose([...Object.values(inputs), ...Object.values(outputs)] as never);
      return values as Float32Array;
    },
    dispose: async () => model.dispose(),
  };
}

function toTensor(tf: TensorFlow, column: TypedColumn, rows: number) {
  if (column.type === 'string') return tf.tensor1d([...column.values], 'string');
  if (column.type !== 'datetime') {
    return tf.tensor1d(Float32Array.from(column.values), 'float32');
  }
  const texts = Array.from({ length: rows }, (_, row) => {
    const moment = column.values[row] as number;
    return Number.isNaN(moment) ? '' : new Date(moment).toISOString();
  });
  return tf.tensor1d(texts, 'string');
}
