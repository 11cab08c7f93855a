import { DECISION_METRICS } from '../../decision-metrics.ts';
import { scoreMetric } from './score.ts';
import { choicesAndTrials, pickValidated, type Validated } from './validated.ts';

/** A class's weight is 2 to a power from this grid, from no change outwards. */
const STEPS = Array.from({ length: 20 }, (_, i) => (i + 1) * 0.2).flatMap((step) => [-step, step]);
const SWEEPS = 2;
/** With more classes there are too few rows of each to choose by. */
const MOST_CLASSES = 30;
/** Differences below this are rounding. */
const EQUAL = 1e-9;

export interface DecisionChoice {
  /** Of each class. */
  readonly weights: readonly number[];
  /** On rows that they were not chosen by: with weights, and by the likeliest class. */
  readonly score: number;
  readonly plainScore: number;
  readonly isBetter: boolean;
}

/**
 * Weights of classes whose largest weighted probability is best for the problem's metric; for two
 * classes they are a threshold. They are chosen on four fifths of the rows and tried on the others,
 * five times over: what comes out is their geometric mean, which no single row moves far. Null where
 * the metric asks for no such choice.
 */
export function chooseDecision(validated: Validated, seed: number): DecisionChoice | null {
  const { problem, truth, outputs } = validated;
  const classes = problem.classes.length;
  if (!DECISION_METRICS.includes(problem.metric) || classes > MOST_CLASSES) return null;
  const trials = choicesAndTrials(truth.length, seed, 'decision/parts');
  const decided = new Float64Array(outputs.length);
  const powers = new Float64Array(classes);
  for (const { chosenBy, others } of trials) {
    const found = searchPowers(pickValidated(validated, chosenBy));
    found.forEach((power, i) => (powers[i] = (powers[i] as number) + power / trials.length));
    for (const row of others) {
      for (let index = 0; index < classes; index++) {
        const at = row * classes + index;
        decided[at] = (outputs[at] as number) * 2 ** (found[index] as number);
      }
    }
  }
  const { metric } = problem;
  const score = scoreMetric(metric, { problem, truth, outputs: decided });
  const plainScore = scoreMetric(metric, { problem, truth, outputs });
  if (score === null || plainScore === null) return null;
  const weights = [...powers].map((power) => 2 ** power);
  return { weights, score, plainScore, isBetter: score - plainScore > EQUAL };
}

/** One class after another; of two, the second says all. */
function searchPowers({ problem, truth, outputs }: Validated): number[] {
  const classes = problem.classes.length;
  let powers = problem.classes.map(() => 0);
  const scoreOf = (tried: readonly number[]) => {
    const decision = tried.map((power) => 2 ** power);
    return scoreMetric(problem.metric, { problem: { ...problem, decision }, truth, outputs }) ?? 0;
  };
  let best = scoreOf(powers);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let index = classes === 2 ? 1 : 0; index < classes; index++) {
      const at = powers;
      for (const step of STEPS) {
        const tried = at.map((power, i) => (i === index ? power + step : power));
        const score = scoreOf(tried);
        if (score - best > EQUAL) [best, powers] = [score, tried];
      }
    }
  }
  return powers;
}
