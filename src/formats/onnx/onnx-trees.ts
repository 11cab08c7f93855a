import { CATEGORICAL, MISSING_LEFT, type Tree } from '../../ml/lightgbm/tree.ts';
import type { DenseLayer, Network } from '../network.ts';
import { emitNetwork } from '../network-graph.ts';
import type { TreesModel } from '../portable-model.ts';
import type { TensorOps } from '../tensor-ops.ts';
import { emitBlocks } from '../transform-graph.ts';
import { shareOf, type Trees } from '../trees.ts';
import { LevelSets } from './level-sets.ts';
import type { AttributeValue, OnnxGraph } from './onnx-graph.ts';

/**
 * Trees as one `TreeEnsembleRegressor`, and what makes outputs of its sums: [rows, outputs],
 * float32. Thresholds and leaves are float64, as in the model: features that are float32 then go
 * the same way, and no leaf is rounded before the sum is.
 */
export function emitTrees(
  graph: OnnxGraph,
  ops: TensorOps<string>,
  { trees, transform }: TreesModel,
): string {
  const { numeric, categories } = emitBlocks(ops, transform, 'NaN');
  const sets = new LevelSets(transform.layout, trees.ensemble.trees);
  const blocks = [...(numeric === undefined ? [] : [numeric]), ...sets.emit(graph, categories)];
  const features = blocks.length === 1 ? (blocks[0] as string) : ops.concatenate(blocks);
  const sums = graph.node('TreeEnsembleRegressor', [ops.toFloat64(features)], {
    isMl: true,
    attributes: {
      n_targets: { int: trees.ensemble.base.length },
      aggregate_function: { string: 'SUM' },
      ...nodesOf(trees, sets),
    },
  });
  return emitFinish(graph, ops, trees, sums);
}

/** A tree of one leaf that says nothing: an ensemble must have one. */
const NOTHING: Tree = {
  feature: new Int32Array(0),
  threshold: new Float64Array(0),
  kind: new Int32Array(0),
  left: new Int32Array(0),
  right: new Int32Array(0),
  value: Float64Array.of(0),
  sets: new Int32Array(0),
};

/** All nodes of all trees, side by side as the operator takes them; a tree's leaves after its splits. */
function nodesOf({ ensemble }: Trees, sets: LevelSets): Record<string, AttributeValue> {
  const tree: number[] = [];
  const id: number[] = [];
  const feature: number[] = [];
  const value: number[] = [];
  const mode: string[] = [];
  const yes: number[] = [];
  const no: number[] = [];
  const isMissingYes: number[] = [];
  const targetTree: number[] = [];
  const targetNode: number[] = [];
  const target: number[] = [];
  const weight: number[] = [];
  const trees = ensemble.trees.length === 0 ? [NOTHING] : ensemble.trees;
  trees.forEach((each, index) => {
    const splits = each.feature.length;
    const place = (child: number) => (child < 0 ? splits - 1 - child : child);
    const add = (node: number, how: string, column: number, bound: number) => {
      tree.push(index);
      id.push(node);
      mode.push(how);
      feature.push(column);
      value.push(bound);
    };
    for (let node = 0; node < splits; node++) {
      const left = place(each.left[node] as number);
      const right = place(each.right[node] as number);
      const kind = each.kind[node];
      if (kind === CATEGORICAL) {
        // What is no member of the set, 0 ≤ 1/2, goes right.
        add(node, 'BRANCH_LEQ', sets.columnOf(each, node), 0.5);
        yes.push(right);
        no.push(left);
        isMissingYes.push(0);
      } else {
        const bound = each.threshold[node] as number;
        add(node, 'BRANCH_LEQ', each.feature[node] as number, bound);
        yes.push(left);
        no.push(right);
        isMissingYes.push(kind === MISSING_LEFT ? 1 : 0);
      }
    }
    each.value.forEach((leaf, i) => {
      add(splits + i, 'LEAF', 0, 0);
      yes.push(0);
      no.push(0);
      isMissingYes.push(0);
      targetTree.push(index);
      targetNode.push(splits + i);
      target.push(index % ensemble.base.length);
      weight.push(leaf);
    });
  });
  return {
    nodes_treeids: { ints: tree },
    nodes_nodeids: { ints: id },
    nodes_featureids: { ints: feature },
    nodes_values_as_tensor: { float64s: value },
    nodes_modes: { strings: mode },
    nodes_truenodeids: { ints: yes },
    nodes_falsenodeids: { ints: no },
    nodes_missing_value_tracks_true: { ints: isMissingYes },
    target_treeids: { ints: targetTree },
    target_nodeids: { ints: targetNode },
    target_ids: { ints: target },
    target_weights_as_tensor: { float64s: weight },
  };
}

/** Sums [rows, outputs] to values or probabilities, as a network whose inputs they are. */
function emitFinish(graph: OnnxGraph, ops: TensorOps<string>, trees: Trees, sums: string): string {
  const layers = finishLayers(trees);
  const network: Network = {
    width: trees.ensemble.base.length,
    precision: 'float64',
    layers,
    targetScale: trees.targetScale,
  };
  const result = emitNetwork(ops, network, sums);
  return isForestOfMany(trees) ? emitShares(graph, result, trees.classes) : result;
}

const isForestOfMany = ({ isBoosted, classes }: Trees) => !isBoosted && classes > 2;

function finishLayers(trees: Trees): DenseLayer[] {
  const { classes, isBoosted } = trees;
  const { base } = trees.ensemble;
  const share = shareOf(trees);
  if (classes === 2) {
    const [start] = base as unknown as [number];
    // The softmax of (0, s) is the logistic function of s.
    if (isBoosted) return [dense(1, [0, share], [0, start], 'softmax')];
    // max(0, s) − max(0, s − 1) keeps s between 0 and 1.
    return [
      dense(1, [share, share], [start, start - 1], 'relu'),
      dense(2, [-1, 1, 1, -1], [1, 0], 'linear'),
    ];
  }
  const size = base.length;
  const kernel = new Float64Array(size * size);
  for (let i = 0; i < size; i++) kernel[i * size + i] = share;
  const activation = classes === 0 ? 'linear' : isBoosted ? 'softmax' : 'relu';
  return [dense(size, kernel, base, activation)];
}

const dense = (
  inputs: number,
  kernel: ArrayLike<number>,
  bias: ArrayLike<number>,
  activation: DenseLayer['activation'],
): DenseLayer => ({
  inputs,
  units: bias.length,
  kernel: Float64Array.from(kernel),
  bias: Float64Array.from(bias),
  activation,
});

/** Each class's part of the row's total; all the same where that is 0. */
function emitShares(graph: OnnxGraph, values: string, classes: number): string {
  const axis = graph.initializer(BigInt64Array.of(1n), [1], 'axis');
  const single = (value: number) => graph.initializer(Float32Array.of(value), []);
  const total = graph.node('ReduceSum', [values, axis], { attributes: { keepdims: { int: 1 } } });
  const isSome = graph.node('Greater', [total, single(0)]);
  const shares = graph.node('Div', [values, total]);
  return graph.node('Where', [isSome, shares, single(1 / classes)]);
}
