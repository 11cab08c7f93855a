import type { Calibration } from '../../schemas/problem.ts';
import { solveSymmetric } from '../estimators/least-squares/solve-symmetric.ts';
import type { Validated } from '../metrics/validated.ts';
import { softmax } from '../softmax.ts';

/** Of the slope alone, which leaves the likeliest class the likeliest, or of offsets too. */
export type MapKind = 'slope' | 'slope and offsets';

/** What models that save nothing smaller in float32 take for 0. */
const HIGHEST_FLOOR = 1e-7;
const MOST_STEPS = 50;
const MOST_HALVINGS = 30;
/** Largest change of a parameter that ends the search. */
const SETTLED = 1e-8;
/** Such a model's probabilities say nothing, or the opposite. */
const LEAST_SLOPE = 1e-3;

/**
 * The map of least log loss on these rows: for two classes Platt's logistic map of the log-odds (Platt,
 * "Probabilistic outputs for support vector machines", 1999), for more a temperature (Guo et al., "On
 * calibration of modern neural networks", ICML 2017) with an offset a class (Alexandari et al., "Maximum
 * likelihood with bias-corrected calibration is hard-to-beat at label shift adaptation", ICML 2020).
 * ½(slope − 1)² + ½Σ offset² is added to the sum of losses, so that it has one minimum even where classes
 * can be told apart without fault. Null where the slope would turn the order round.
 */
export function fitCalibration(validated: Validated, kind: MapKind): Calibration | null {
  const { problem, outputs } = validated;
  const classes = problem.classes.length;
  const floor = smallestPositive(outputs);
  const logs = outputs.map((value) => Math.log(Math.max(value, floor)));
  const search = new NewtonSearch(logs, validated.truth, classes, kind);
  const [slope, ...offsets] = search.minimise();
  if (slope === undefined || !(slope >= LEAST_SLOPE)) return null;
  return { slope, offsets: kind === 'slope' ? problem.classes.map(() => 0) : offsets, floor };
}

/** Where models tell smaller probabilities apart, so does the map. */
const smallestPositive = (outputs: Float64Array): number =>
  outputs.reduce((least, value) => (value > 0 && value < least ? value : least), HIGHEST_FLOOR);

/** Newton's method on a convex function of slope and offsets; steps are halved until they lead down. */
class NewtonSearch {
  readonly #logs: Float64Array;
  readonly #truth: Float64Array;
  readonly #classes: number;
  /** Parameters: the slope, then the offsets if there are any. */
  readonly #size: number;

  /** @param logs [rows, classes] */
  constructor(logs: Float64Array, truth: Float64Array, classes: number, kind: MapKind) {
    this.#logs = logs;
    this.#truth = truth;
    this.#classes = classes;
    this.#size = kind === 'slope' ? 1 : 1 + classes;
  }

  minimise(): number[] {
    let at: number[] = Array.from({ length: this.#size }, (_, i) => (i === 0 ? 1 : 0));
    let now = this.#loss(at);
    for (let step = 0; step < MOST_STEPS; step++) {
      const move = this.#newtonStep(at);
      let share = 1;
      let next = at;
      let loss = Number.POSITIVE_INFINITY;
      for (let halving = 0; halving < MOST_HALVINGS && !(loss < now); halving++) {
        next = at.map((value, i) => value - share * (move[i] as number));
        loss = this.#loss(next);
        share /= 2;
      }
      if (!(loss < now)) break;
      const change = next.map((value, i) => Math.abs(value - (at[i] as number)));
      [at, now] = [next, loss];
      if (Math.max(...change) < SETTLED) break;
    }
    return at;
  }

  #loss(parameters: readonly number[]): number {
    let total = penaltyOf(parameters);
    const scores = new Float64Array(this.#classes);
    this.#truth.forEach((actual, row) => {
      this.#score(parameters, row, scores);
      const largest = Math.max(...scores);
      let sum = 0;
      for (const score of scores) sum += Math.exp(score - largest);
      total += largest + Math.log(sum) - (scores[actual] as number);
    });
    return total;
  }

  #score([slope = 1, ...offsets]: readonly number[], row: number, into: Float64Array): void {
    for (let of = 0; of < this.#classes; of++) {
      const log = this.#logs[row * this.#classes + of] as number;
      into[of] = slope * log + (offsets[of] ?? 0);
    }
  }

  /** H⁻¹ g, of the sum of losses and the penalty. */
  #newtonStep(parameters: readonly number[]): Float64Array {
    const size = this.#size;
    const classes = this.#classes;
    const gradient = Float64Array.from(parameters, (value, i) => (i === 0 ? value - 1 : value));
    const hessian = new Float64Array(size * size);
    for (let i = 0; i < size; i++) hessian[i * size + i] = 1;
    const add = (to: Float64Array, at: number, value: number) => {
      to[at] = (to[at] as number) + value;
    };
    const shares = new Float64Array(classes);
    this.#truth.forEach((actual, row) => {
      const logs = this.#logs.subarray(row * classes, (row + 1) * classes);
      this.#score(parameters, row, shares);
      softmax(shares);
      const mean = shares.reduce((total, share, of) => total + share * (logs[of] as number), 0);
      add(gradient, 0, mean - (logs[actual] as number));
      for (let of = 0; of < classes; of++) {
        const share = shares[of] as number;
        const distance = (logs[of] as number) - mean;
        add(hessian, 0, share * distance * distance);
        if (size === 1) continue;
        add(gradient, 1 + of, share - (of === actual ? 1 : 0));
        add(hessian, 1 + of, share * distance);
        for (let other = of; other < classes; other++) {
          const at = (1 + of) * size + 1 + other;
          add(hessian, at, (of === other ? share : 0) - share * (shares[other] as number));
        }
      }
    });
    return solveSymmetric(hessian, gradient);
  }
}

const penaltyOf = ([slope = 1, ...offsets]: readonly number[]): number =>
  ((slope - 1) ** 2 + offsets.reduce((sum, offset) => sum + offset ** 2, 0)) / 2;
