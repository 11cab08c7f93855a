import { join } from 'node:path';
import type { ExportedTensor } from '../../schemas/model-export.ts';
import { outputNameOf } from '../exported-tensors.ts';
import type { ExportRunner, ModelFormat } from '../model-format.ts';
import { emitNetwork, emitRescaled } from '../network-graph.ts';
import { type EnsembleModel, outputsOfModel, type PortableModel } from '../portable-model.ts';
import type { TensorOps } from '../tensor-ops.ts';
import { emitTransform } from '../transform-graph.ts';
import { OnnxGraph, OPSET } from './onnx-graph.ts';
import { emitNaiveBayes } from './onnx-naive-bayes.ts';
import { onnxOps } from './onnx-ops.ts';
import { emitTrees } from './onnx-trees.ts';

const MODEL = 'model.onnx';

/** ONNX: raw columns in, the transform being part of the graph. */
export const onnx: ModelFormat = {
  name: 'onnx',
  title: 'ONNX',
  formatVersion: `opset ${OPSET}, ai.onnx.ml 3, IR 8`,
  holds: ['network', 'trees', 'naive Bayes', 'ensemble'],
  takes: 'columns',
  inputsOf: ({ transform }) =>
    transform.inputs.map(
      ({ name, type, description }): ExportedTensor => ({
        name,
        dtype: type === 'string' ? 'string' : 'float64',
        shape: [null],
        description: `${HINTS[type]}; ${description}`,
      }),
    ),
  async untestable() {
    try {
      await import('onnxruntime-node');
      return null;
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      return `ONNX Runtime, on which ONNX models are tried out, does not load: ${what}`;
    }
  },
  async write(model) {
    const bytes = encodeOnnx(model);
    return [{ path: MODEL, bytes, mediaType: 'application/onnx', purpose: 'the model' }];
  },
  open: openOnnx,
};

const HINTS = {
  image: 'not exported',
  number: 'NaN where missing',
  boolean: '1 or 0, NaN where missing',
  datetime: 'milliseconds since 1970-01-01T00:00Z, NaN where missing',
  string: "text without spaces around it, '' where missing",
} as const;

function encodeOnnx(model: PortableModel): Uint8Array {
  const { transform } = model;
  const { name, problem, versions } = model.package;
  const graph = new OnnxGraph();
  const output = outputNameOf(model);
  graph.reserve([...transform.inputs.map((input) => input.name), output]);
  const result = emitModel(graph, onnxOps(graph), model);
  graph.node('Identity', [result], { output });
  graph.output({ name: output, type: 'float32', shape: [null, outputsOfModel(model)] });
  return graph.encode({
    name,
    version: versions['sevenfold'] ?? '',
    metadata: {
      target: problem.target,
      classes: JSON.stringify(problem.classes),
      ...(problem.decision && { decision: JSON.stringify(problem.decision) }),
      ...(problem.calibration && { calibration: JSON.stringify(problem.calibration) }),
    },
  });
}

function emitModel(graph: OnnxGraph, ops: TensorOps<string>, model: PortableModel): string {
  switch (model.kind) {
    case 'network':
      return emitNetwork(ops, model.network, emitTransform(ops, model.transform));
    case 'trees':
      return emitTrees(graph, ops, model);
    case 'naive Bayes':
      return emitNaiveBayes(graph, ops, model);
    case 'ensemble':
      return emitMean(graph, ops, model);
  }
}

/** The mean of the members' outputs, in original units. */
function emitMean(graph: OnnxGraph, ops: TensorOps<string>, model: EnsembleModel): string {
  const mean = model.members
    .map(({ model: member, share }) =>
      ops.arithmetic('multiply', ops.toFloat64(emitModel(graph, ops, member)), ops.constant(share)),
    )
    .reduce((sum, part) => ops.arithmetic('add', sum, part));
  return emitRescaled(ops, mean, model.targetScale);
}

/** Runs it by ONNX Runtime. */
async function openOnnx(folder: string): Promise<ExportRunner> {
  const { InferenceSession, Tensor, env } = await import('onnxruntime-node');
  const session = await InferenceSession.create(join(folder, MODEL), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    runtime: `onnxruntime-node ${env.versions.node ?? ''}`.trim(),
    async run({ rows, columns }) {
      const feeds = columns.map(({ name, type, values }) => [
        name,
        type === 'string'
          ? new Tensor('string', [...values], [rows])
          : new Tensor('float64', values, [rows]),
      ]);
      const results = await session.run(Object.fromEntries(feeds));
      const [output] = session.outputNames;
      return results[output as string]?.data as Float32Array;
    },
    dispose: () => session.release(),
  };
}
