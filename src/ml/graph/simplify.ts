import { createHash } from 'node:crypto';
import { COMPOUND, type Compound, compoundOf } from './compound.ts';
import type { GraphNode, Output } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { Recording } from './record.ts';

/**
 * The same computation without nodes that nothing needs, and with nodes that compute the same from
 * the same joined into one. Recorded ops are pure: they keep no state and draw nothing.
 */
export function simplify(recording: Recording): Recording {
  const needed = reachable([...recording.results, ...recording.parameters]);
  const builder = new GraphBuilder();
  const replaced = new Map<GraphNode, GraphNode>();
  const byContent = new Map<string, GraphNode>();
  const numbers = new Map<GraphNode, number>();
  const follow = ({ node, index }: Output): Output => ({
    node: replaced.get(node) as GraphNode,
    index,
  });
  for (const node of recording.nodes) {
    if (!needed.has(node)) continue;
    const inputs = node.inputs.map(follow);
    if (node.op === COMPOUND) {
      const { cell, ...form } = compoundOf(node);
      const value = { ...form, cell: simplify(cell) } as Compound;
      const kept = builder.node(COMPOUND, inputs, { compound: { kind: 'compound', value } });
      numbers.set(kept, numbers.size);
      replaced.set(node, kept);
      continue;
    }
    const key = contentOf(node, inputs, numbers);
    const twin = node.op === 'Placeholder' ? undefined : byContent.get(key);
    const kept = twin ?? builder.node(node.op, inputs, node.attributes, { name: node.name });
    if (twin === undefined) {
      byContent.set(key, kept);
      numbers.set(kept, numbers.size);
    }
    replaced.set(node, kept);
  }
  return {
    nodes: builder.nodes,
    parameters: recording.parameters.map(follow),
    results: recording.results.map(follow),
  };
}

/** The nodes that these outputs need. */
function reachable(outputs: readonly Output[]): Set<GraphNode> {
  const found = new Set<GraphNode>();
  const open = outputs.map(({ node }) => node);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    open.push(...node.inputs.map((input) => input.node), ...node.after);
  }
  return found;
}

function contentOf(
  { op, attributes }: GraphNode,
  inputs: readonly Output[],
  numbers: ReadonlyMap<GraphNode, number>,
): string {
  const hash = createHash('sha256');
  const places = inputs.map(({ node, index }) => [numbers.get(node), index]);
  hash.update(JSON.stringify([op, places]));
  for (const [name, attribute] of Object.entries(attributes)) {
    if (attribute.kind === 'tensor') {
      const { dtype, shape, values } = attribute.value;
      hash.update(JSON.stringify([name, dtype, shape]));
      // Bits, not numbers: −0 differs from 0, and one NaN equals another.
      if (ArrayBuffer.isView(values)) hash.update(values);
      else hash.update(JSON.stringify(values));
    } else hash.update(JSON.stringify([name, attribute]));
  }
  return hash.digest('base64');
}
