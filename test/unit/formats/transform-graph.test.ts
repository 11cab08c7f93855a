import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { OnnxGraph } from '../../../src/formats/onnx/onnx-graph.ts';
import { onnxOps } from '../../../src/formats/onnx/onnx-ops.ts';
import { isText, readColumn } from '../../../src/formats/tensorflow/read-column.ts';
import { TensorFlowOps } from '../../../src/formats/tensorflow/tensorflow-ops.ts';
import { emitTransform } from '../../../src/formats/transform-graph.ts';
import { toTypedColumns } from '../../../src/formats/typed-columns.ts';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { cellText } from '../../../src/ml/data/cell.ts';
import { densify } from '../../../src/ml/data/densify.ts';
import type { Output } from '../../../src/ml/graph/graph.ts';
import { GraphBuilder } from '../../../src/ml/graph/graph-builder.ts';
import { GraphSession } from '../../../src/ml/graph/graph-session.ts';
import { ODD_RECORDS, oddTransform } from '../../support/odd-records.ts';

const transform = oddTransform();
const rows = ODD_RECORDS.length;
const columns = toTypedColumns(transform, ODD_RECORDS);
const expected = densify(transform.encode(ODD_RECORDS), transform.layout);

test('the transform as an ONNX graph makes the same features, bit for bit', async () => {
  const graph = new OnnxGraph();
  graph.reserve([...columns.map(({ name }) => name), 'features']);
  const result = emitTransform(onnxOps(graph), transform);
  graph.node('Identity', [result], { output: 'features' });
  graph.output({ name: 'features', type: 'float32', shape: [null, expected.length / rows] });
  const bytes = graph.encode({ name: 'transform', version: '', metadata: {} });
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const feeds = columns.map(({ name, type, values }) => [
    name,
    type === 'string'
      ? new Tensor('string', [...values], [rows])
      : new Tensor('float64', values, [rows]),
  ]);
  const { features } = await session.run(Object.fromEntries(feeds));
  expect(features?.data).toEqual(expected);
  await session.release();
});

test('the transform as a TensorFlow graph makes the same features of the texts of dates, too', async () => {
  const tf = await loadTensorFlow();
  const builder = new GraphBuilder();
  const placeholders = new Map<string, Output>();
  const ops = new TensorFlowOps(builder, {
    wide: 'float64',
    weight: (tensor) => builder.constant(tensor),
    column(input, each) {
      const dtype = isText(input.type) ? 'string' : 'float32';
      const output = builder.placeholder(`column_${placeholders.size}`, dtype, [-1]);
      placeholders.set(input.name, output);
      return readColumn(each, input, output);
    },
  });
  const features = emitTransform(ops, transform);
  const session = new GraphSession(tf, builder.nodes);
  const missing = new Set(transform.document.missing);
  const feeds = columns.map(({ name, type, values }) => {
    const texts = ODD_RECORDS.map((record) => cellText(record[name], missing) ?? '');
    const tensor =
      type === 'datetime'
        ? tf.tensor1d(texts, 'string')
        : type === 'string'
          ? tf.tensor1d([...values], 'string')
          : tf.tensor1d(Float32Array.from(values));
    return [placeholders.get(name) as Output, tensor] as const;
  });
  const [result] = session.run(feeds, [features]);
  const got = result?.dataSync<'float32'>() as Float32Array;
  // Numbers come in single precision there.
  const width = expected.length / rows;
  const wrong = [...expected].flatMap((value, i) => {
    const isClose = Math.abs((got[i] as number) - value) <= 1e-6 * Math.max(1, Math.abs(value));
    const record = ODD_RECORDS[Math.floor(i / width)];
    return isClose
      ? []
      : [{ feature: transform.featureNames[i % width], record, got: got[i], value }];
  });
  expect(wrong).toEqual([]);
  result?.dispose();
  tf.dispose(feeds.map(([, tensor]) => tensor));
  session.dispose();
});
