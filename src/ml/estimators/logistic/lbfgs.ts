/** Value and gradient of a smooth function. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A minimisation by L-BFGS, stopped at any iteration: all that the next one needs. */
export interface Lbfgs extends Evaluation {
  readonly point: Float64Array;
  /** The last steps and the changes of the gradient along them, oldest first. */
  readonly pairs: readonly Pair[];
  readonly iteration: number;
  /** The gradient is nil up to `TOLERANCE`, or rounding hides any further descent. */
  readonly converged: boolean;
}

export interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
}

type Evaluate = (point: Float64Array) => Promise<Evaluation>;

const MEMORY = 10;
const TOLERANCE = 1e-8;
/** Armijo's constant: the share of the expected decrease that is asked for. */
const SUFFICIENT = 1e-4;
const MAX_HALVINGS = 30;

export async function beginLbfgs(point: Float64Array, evaluate: Evaluate): Promise<Lbfgs> {
  const { value, gradient } = await evaluate(point);
  return { point, value, gradient, pairs: [], iteration: 0, converged: isFlat(gradient) };
}

/** One iteration of L-BFGS (Nocedal & Wright, Numerical Optimization, algorithms 7.4 and 7.5). */
export async function iterateLbfgs(state: Lbfgs, evaluate: Evaluate): Promise<Lbfgs> {
  const iteration = state.iteration + 1;
  const found = await searchLine(state, descentDirection(state), evaluate);
  if (found === undefined) return { ...state, iteration, converged: true };
  const step = found.point.map((value, i) => value - (state.point[i] as number));
  const change = found.gradient.map((value, i) => value - (state.gradient[i] as number));
  // Without positive curvature the pair would spoil the definiteness of the inverse Hessian.
  const curved = dot(step, change) > 1e-12 * dot(change, change);
  const pairs = curved ? [...state.pairs, { step, change }].slice(-MEMORY) : state.pairs;
  return { ...found, pairs, iteration, converged: isFlat(found.gradient) };
}

/** −H g by the two-loop recursion. */
function descentDirection({ gradient, pairs }: Lbfgs): Float64Array {
  const direction = gradient.map((value) => -value);
  const newest = pairs.at(-1);
  if (newest === undefined) {
    const scale = 1 / Math.max(1, Math.sqrt(dot(gradient, gradient)));
    return direction.map((value) => value * scale);
  }
  const weights: number[] = [];
  for (const { step, change } of pairs.toReversed()) {
    const weight = dot(step, direction) / dot(step, change);
    weights.unshift(weight);
    addScaled(direction, change, -weight);
  }
  const scale = dot(newest.step, newest.change) / dot(newest.change, newest.change);
  for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] as number) * scale;
  pairs.forEach(({ step, change }, index) => {
    const correction = dot(change, direction) / dot(step, change);
    addScaled(direction, step, (weights[index] as number) - correction);
  });
  return direction;
}

/** Backtracks by quadratic interpolation from length 1; undefined where nothing is lower. */
async function searchLine(
  { point, value, gradient }: Lbfgs,
  direction: Float64Array,
  evaluate: Evaluate,
): Promise<(Evaluation & { point: Float64Array }) | undefined> {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  let length = 1;
  for (let halving = 0; halving < MAX_HALVINGS; halving++) {
    const next = Float64Array.from(point);
    addScaled(next, direction, length);
    const found = await evaluate(next);
    if (found.value <= value + SUFFICIENT * length * slope) return { point: next, ...found };
    const minimum = (-slope * length ** 2) / (2 * (found.value - value - slope * length));
    length = Number.isFinite(minimum)
      ? Math.min(Math.max(minimum, 0.1 * length), 0.5 * length)
      : 0.1 * length;
  }
  return undefined;
}

const isFlat = (gradient: Float64Array): boolean =>
  gradient.every((value) => Math.abs(value) <= TOLERANCE);

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = (target[i] as number) + scale * (source[i] as number);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
