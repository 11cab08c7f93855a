import type { NaiveBayesModel } from '../portable-model.ts';
import type { TensorOps } from '../tensor-ops.ts';
import { emitBlocks } from '../transform-graph.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/** Probabilities [rows, classes], float32; summed in float64, as in the model. */
export function emitNaiveBayes(
  graph: OnnxGraph,
  ops: TensorOps<string>,
  { bayes, transform }: NaiveBayesModel,
): string {
  const { classes, priors, means, variances, levels } = bayes;
  const { numeric, categories } = emitBlocks(ops, transform, 'NaN');
  const axis = (value: number) => graph.initializer(BigInt64Array.of(BigInt(value)), [1], 'axis');
  const add = (left: string, right: string) => ops.arithmetic('add', left, right);
  let scores = graph.initializer(priors, [classes], 'priors');

  if (numeric !== undefined) {
    const size = [classes, transform.layout.numeric];
    const x = graph.node('Unsqueeze', [ops.toFloat64(numeric), axis(1)]); // [rows, 1, numeric]
    const distance = ops.arithmetic('subtract', x, graph.initializer(means, size, 'means'));
    const square = ops.arithmetic('multiply', distance, distance);
    const double = variances.map((variance) => 2 * variance);
    const halfLogs = variances.map((variance) => 0.5 * Math.log(2 * Math.PI * variance));
    const density = add(
      ops.arithmetic('divide', square, graph.initializer(double, size, 'double_variances')),
      graph.initializer(halfLogs, size, 'half_logs'),
    );
    const known = graph.node('Where', [graph.node('IsNaN', [x]), ops.constant(0), density]);
    const attributes = { keepdims: { int: 0 } };
    const sum = graph.node('ReduceSum', [known, axis(2)], { attributes }); // [rows, classes]
    scores = ops.arithmetic('subtract', scores, sum);
  }
  if (categories.length > 0) {
    const [only] = categories;
    const oneHots = categories.length === 1 ? (only as string) : ops.concatenate(categories);
    const all = levels.length / classes;
    const table = graph.initializer(levels, [classes, all], 'levels');
    const byLevel = graph.node('Transpose', [table], { attributes: { perm: { ints: [1, 0] } } });
    scores = add(scores, graph.node('MatMul', [ops.toFloat64(oneHots), byLevel]));
  }
  const softmax = graph.node('Softmax', [scores], { attributes: { axis: { int: -1 } } });
  return ops.toFloat32(softmax);
}
