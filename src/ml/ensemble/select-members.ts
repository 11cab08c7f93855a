import { isBetter, type Library, type Limits, type Merit, meritOf } from './library.ts';

/** Additions that are tried; a model's weight is a whole number of parts of at most so many and the first ones. */
const ADDITIONS = 20;

/** An ensemble: how often each model of the library is in it. */
export type Counts = readonly number[];

/**
 * Greedy selection with replacement and sorted initialisation (Caruana et al., "Ensemble selection
 * from libraries of models", ICML 2004): the best models as long as their mean gets better, then time
 * and again the model whose addition is the best; the best of all stages is taken.
 */
export function selectMembers(library: Library, limits: Limits): Counts {
  const { outputs } = library;
  let stage = begin(library, limits);
  let best = stage;
  for (let addition = 0; addition < ADDITIONS; addition++) {
    const next = outputs
      .flatMap((_, model) =>
        mayJoin(library, limits, stage, model) ? [add(library, stage, model)] : [],
      )
      .reduce((a, b) => (isBetter(library.problem, b.merit, a.merit) ? b : a));
    stage = next;
    if (isBetter(library.problem, stage.merit, best.merit)) best = stage;
  }
  return best.counts;
}

interface Stage {
  readonly counts: Counts;
  /** Of the outputs of all that are in it. */
  readonly sum: Float64Array;
  readonly size: number;
  readonly merit: Merit;
}

/** Whether a model is a member already, or leaves the ensemble within its limits. */
function mayJoin(
  { costs }: Library,
  { most, seconds }: Limits,
  { counts }: Stage,
  model: number,
): boolean {
  if ((counts[model] as number) > 0) return true;
  const members = counts.flatMap((count, i) => (count > 0 ? [costs[i] as number] : []));
  const total = members.reduce((sum, each) => sum + each, costs[model] as number);
  return members.length < most && total <= seconds;
}

function begin(library: Library, limits: Limits): Stage {
  const { outputs, problem } = library;
  const alone = outputs.map((raw, model) => ({ model, merit: meritOf(library, raw) }));
  const [first, ...others] = alone.toSorted((a, b) =>
    isBetter(problem, a.merit, b.merit)
      ? -1
      : isBetter(problem, b.merit, a.merit)
        ? 1
        : a.model - b.model,
  );
  if (first === undefined) throw new RangeError('There is no model to choose from.');
  let stage: Stage = {
    counts: outputs.map((_, model) => (model === first.model ? 1 : 0)),
    sum: outputs[first.model] as Float64Array,
    size: 1,
    merit: first.merit,
  };
  let best = stage;
  for (const { model } of others) {
    if (!mayJoin(library, limits, stage, model)) continue;
    stage = add(library, stage, model);
    if (isBetter(problem, stage.merit, best.merit)) best = stage;
  }
  return best;
}

function add(library: Library, { counts, sum, size }: Stage, model: number): Stage {
  const added = library.outputs[model] as Float64Array;
  const total = sum.map((value, i) => value + (added[i] as number));
  const mean = total.map((value) => value / (size + 1));
  return {
    counts: counts.map((count, i) => (i === model ? count + 1 : count)),
    sum: total,
    size: size + 1,
    merit: meritOf(library, mean),
  };
}

/** The mean of the members' outputs, by their counts. */
export function averageOf({ outputs }: Pick<Library, 'outputs'>, counts: Counts): Float64Array {
  const size = counts.reduce((sum, count) => sum + count, 0);
  const mean = new Float64Array(outputs[0]?.length ?? 0);
  counts.forEach((count, model) => {
    if (count === 0) return;
    const own = outputs[model] as Float64Array;
    for (let i = 0; i < mean.length; i++) {
      mean[i] = (mean[i] as number) + ((own[i] as number) * count) / size;
    }
  });
  return mean;
}
