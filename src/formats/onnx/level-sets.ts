import { CATEGORICAL, contains, type Tree } from '../../ml/lightgbm/tree.ts';
import type { RecordLayout } from '../../schemas/prepared-data.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/**
 * Splits of categories as columns of their own: 1 where the level goes left, else 0. ONNX's trees
 * know no sets, and comparing with one level after another would make a node of each.
 */
export class LevelSets {
  readonly #layout: RecordLayout;
  /** For each category, the places of its sets by their levels: one character a level. */
  readonly #places: readonly ReadonlyMap<string, number>[];

  constructor(layout: RecordLayout, trees: readonly Tree[]) {
    this.#layout = layout;
    const places = layout.categories.map(() => new Map<string, number>());
    for (const tree of trees) {
      tree.kind.forEach((kind, node) => {
        if (kind !== CATEGORICAL) return;
        const known = places[this.#categoryOf(tree, node)] as Map<string, number>;
        const levels = this.#levelsOf(tree, node);
        if (!known.has(levels)) known.set(levels, known.size);
      });
    }
    this.#places = places;
  }

  /** The column, after the numbers, that a split of a category asks for. */
  columnOf(tree: Tree, node: number): number {
    const category = this.#categoryOf(tree, node);
    const place = this.#places[category]?.get(this.#levelsOf(tree, node)) as number;
    const before = this.#places.slice(0, category).reduce((sum, { size }) => sum + size, 0);
    return this.#layout.numeric + before + place;
  }

  /** The columns of each category that is asked for: [rows, sets], float32. */
  emit(graph: OnnxGraph, categories: readonly string[]): string[] {
    return categories.flatMap((oneHot, category) => {
      const sets = [...(this.#places[category] as ReadonlyMap<string, number>).keys()];
      if (sets.length === 0) return [];
      const size = this.#layout.categories[category] as number;
      const members = new Float32Array(size * sets.length); // [levels, sets]
      sets.forEach((levels, set) => {
        for (let code = 0; code < size; code++) {
          members[code * sets.length + set] = Number(levels[code]);
        }
      });
      return [
        graph.node('MatMul', [oneHot, graph.initializer(members, [size, sets.length], 'sets')]),
      ];
    });
  }

  #categoryOf(tree: Tree, node: number): number {
    return (tree.feature[node] as number) - this.#layout.numeric;
  }

  #levelsOf(tree: Tree, node: number): string {
    const size = this.#layout.categories[this.#categoryOf(tree, node)] as number;
    const place = tree.threshold[node] as number;
    return Array.from({ length: size }, (_, code) =>
      contains(tree.sets, place, code) ? '1' : '0',
    ).join('');
  }
}
