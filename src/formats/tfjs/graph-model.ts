import { graphDef } from '../../ml/graph/encode-graph.ts';
import type { ConstantTensor, GraphNode, Output } from '../../ml/graph/graph.ts';
import { GraphBuilder, type as typeOf } from '../../ml/graph/graph-builder.ts';
import { messageType } from '../../ml/graph/tensorflow-schema.ts';
import { FEATURES_NAME, outputNameOf } from '../exported-tensors.ts';
import type { ModelFormat } from '../model-format.ts';
import { outputsOf } from '../network.ts';
import { emitNetwork } from '../network-graph.ts';
import type { NetworkModel } from '../portable-model.ts';
import { TensorFlowOps } from '../tensorflow/tensorflow-ops.ts';
import { type NamedWeights, openTfjs, tfjsFiles } from './tfjs-artifacts.ts';

/** TensorFlow.js graph model: frozen, and the quickest to load in a browser. */
export const graphModel: ModelFormat<NetworkModel> = {
  name: 'tfjs-graph',
  title: 'TensorFlow.js graph model',
  formatVersion: 'graph-model, TensorFlow.js 4',
  holds: ['network'],
  takes: 'features',
  async write(model) {
    const { builder, features, output } = buildGraph(model);
    const { nodes, weights } = takeConstantsOut(builder.nodes);
    const tensor = (value: Output, name: string, size: number) => ({
      [name]: {
        name: `${value.node.name}:0`,
        dtype: 'DT_FLOAT',
        tensorShape: { dim: [{ size: '-1' }, { size: String(size) }] },
      },
    });
    const { network } = model;
    const head = {
      format: 'graph-model',
      modelTopology: toJson(nodes),
      signature: {
        inputs: tensor(features, FEATURES_NAME, network.width),
        outputs: tensor(output, outputNameOf(model), outputsOf(network)),
      },
    };
    return tfjsFiles(head, weights);
  },
  open: (folder) => openTfjs(folder, 'loadGraphModel'),
};

function buildGraph(model: NetworkModel) {
  const builder = new GraphBuilder();
  const ops = new TensorFlowOps(builder, {
    // TensorFlow.js knows no other.
    wide: 'float32',
    weight: (tensor, name) => builder.constant(tensor, name),
  });
  const { network } = model;
  const features = builder.placeholder(FEATURES_NAME, 'float32', [-1, network.width]);
  const result = emitNetwork(ops, network, features);
  const output = builder.add(
    'Identity',
    [result],
    { T: typeOf('float32') },
    { name: outputNameOf(model) },
  );
  return { builder, features, output };
}

/** TensorFlow.js reads the values of constants from the file of weights, by the nodes' names. */
function takeConstantsOut(nodes: readonly GraphNode[]) {
  const weights: NamedWeights[] = [];
  const bare = nodes.map((node): GraphNode => {
    const value = node.attributes['value'];
    if (node.op !== 'Const' || value?.kind !== 'tensor') return node;
    const { dtype, shape, values } = value.value;
    weights.push({ name: node.name, shape, values: values as Float32Array });
    const empty: ConstantTensor = { dtype, shape, values: new Float32Array(0) };
    return {
      ...node,
      attributes: { ...node.attributes, value: { kind: 'tensor', value: empty } },
    };
  });
  return { nodes: bare, weights };
}

/** Protobuf's JSON form of a GraphDef. */
function toJson(nodes: readonly GraphNode[]): object {
  const type = messageType('GraphDef');
  const bytes = type.encode(type.create(graphDef(nodes))).finish();
  return type.toObject(type.decode(bytes), { enums: String, longs: String, bytes: String });
}
