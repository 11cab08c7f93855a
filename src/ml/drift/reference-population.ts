import { valuesIn } from '../../schemas/image.ts';
import type { Problem } from '../../schemas/problem.ts';
import type { Transform } from '../../schemas/transform.ts';
import { isScaled } from '../data/fitted-transform.ts';
import type { StoredRows } from '../data/stored-rows.ts';
import { decileEdges, FeatureHistograms, Histogram } from './feature-histogram.ts';
import { populationStability, stabilityByChance } from './population-stability.ts';

const BATCH_ROWS = 1_024;
/** Values that bins are laid by, over all columns. */
const MOST_SAMPLED_VALUES = 2 ** 22;
const MOST_SAMPLED_ROWS = 50_000;

/** Histograms of a model's inputs and target over some rows, in that model's encoding. */
export interface Population {
  readonly inputs: FeatureHistograms;
  readonly target: Histogram;
}

export interface Divergence {
  readonly column: string;
  readonly psi: number;
  readonly chance: number;
}

/** The rows that a model was trained on, as histograms that other rows can be held against. */
export class ReferencePopulation {
  readonly #rows: StoredRows;
  readonly #problem: Problem;
  readonly #layout: { readonly numeric: number; readonly categories: readonly number[] };
  readonly #population: Population;
  readonly #edges: { readonly inputs: readonly number[][]; readonly target: readonly number[] };

  private constructor(
    rows: StoredRows,
    problem: Problem,
    layout: { numeric: number; categories: number[] },
    edges: { inputs: number[][]; target: number[] },
  ) {
    this.#rows = rows;
    this.#problem = problem;
    this.#layout = layout;
    this.#edges = edges;
    this.#population = this.empty();
  }

  static async read(
    rows: StoredRows,
    problem: Problem,
    layout: { numeric: number; categories: number[] },
  ): Promise<ReferencePopulation> {
    const truth = await rows.originalTargets();
    const edges = {
      inputs: await sampleEdges(rows, layout.numeric),
      target: problem.task === 'regression' ? decileEdges(truth) : classEdges(problem),
    };
    const reference = new ReferencePopulation(rows, problem, layout, edges);
    await reference.#count(truth);
    return reference;
  }

  /** With the reference's bins, and nothing in them. */
  empty(): Population {
    const { numeric, categories } = this.#layout;
    return {
      inputs: new FeatureHistograms({ numeric, categories: [...categories] }, this.#edges.inputs),
      target: new Histogram(this.#edges.target),
    };
  }

  /**
   * How far other rows are from the reference by column, farthest first. Dates move by themselves;
   * single pixels of images and single words of texts say nothing; what a category's other rows say is
   * no number of the row itself.
   */
  compare({ inputs, target }: Population, { operations }: Transform): Divergence[] {
    const image = operations.find(({ kind }) => kind === 'image');
    const pixels = image?.kind === 'image' ? valuesIn(image) : 0;
    const columns = [
      ...operations
        .filter(isScaled)
        .map(({ kind, column }, index) => ({ kind, column, place: pixels + index })),
      ...operations
        .filter(({ kind }) => kind === 'categorical')
        .map(({ kind, column }, index) => ({ kind, column, place: this.#layout.numeric + index })),
    ];
    const before = this.#population.inputs.counts();
    const now = inputs.counts();
    const found = columns.flatMap(({ kind, column, place }) =>
      kind === 'date' || kind === 'target'
        ? []
        : [diverge(column, before[place] ?? [], now[place] ?? [])],
    );
    found.push(diverge(this.#problem.target, this.#population.target.counts, target.counts));
    return found.sort((a, b) => b.psi - a.psi || (a.column < b.column ? -1 : 1));
  }

  async #count(truth: Float64Array): Promise<void> {
    for await (const { rows, features } of this.#rows.batches(BATCH_ROWS)) {
      this.#population.inputs.take(features, rows, this.#rows.width);
    }
    for (const value of truth) this.#population.target.add(value);
  }
}

/** A bin a class: codes are whole numbers from 0. */
const classEdges = ({ classes }: Problem): number[] => classes.slice(1).map((_, code) => code);

/** Edges of each number's bins, by an even sample of the rows. */
async function sampleEdges(data: StoredRows, numeric: number): Promise<number[][]> {
  if (numeric === 0) return [];
  const most = Math.min(MOST_SAMPLED_ROWS, Math.ceil(MOST_SAMPLED_VALUES / numeric));
  const every = Math.max(1, Math.ceil(data.rows / most));
  const values: number[][] = Array.from({ length: numeric }, () => []);
  let row = 0;
  for await (const { rows, features } of data.batches(BATCH_ROWS)) {
    for (let i = 0; i < rows; i++, row++) {
      if (row % every !== 0) continue;
      values.forEach((column, index) => column.push(features[i * data.width + index] as number));
    }
  }
  return values.map((column) => decileEdges(Float64Array.from(column)));
}

function diverge(column: string, before: readonly number[], now: readonly number[]): Divergence {
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  // A bin that neither has says nothing.
  const bins = before.filter((count, bin) => count + (now[bin] as number) > 0).length;
  return {
    column,
    psi: populationStability(before, now),
    chance: stabilityByChance(total(before), total(now), bins),
  };
}
