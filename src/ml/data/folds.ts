import type { Job } from '../../schemas/job.ts';
import { RandomStream } from '../random.ts';
import { Part, partNamed, rowsOf } from './split.ts';
import { groupRows, required, type SplitCells, sortedByTime } from './split-rows.ts';

/**
 * Validation rows from which on one part tells candidates apart: on fewer, chance moves a share by
 * more than 1.6 points (√(p (1 − p) / n) for n = 1,000 and p = 1/2), which is what candidates differ by.
 */
const ENOUGH_ROWS = 1_000;
const FEWEST_FOLDS = 2;
const MOST_FOLDS = 10;
/** By time, the training rows of the earliest fold are still two fifths of all. */
const MOST_FOLDS_BY_TIME = 3;
/** In no fold: rows that do not train, or, by time, that only train. */
export const NO_FOLD = 255;

export interface Folds {
  /** How many of them validate, from 0 on. */
  readonly count: number;
  /** Whether a fold may only be predicted from those after it, which are earlier in time. */
  readonly ordered: boolean;
  /** The fold of each row. */
  readonly of: Uint8Array;
  readonly reason: string;
}

/**
 * Folds of the training rows for cross-validation, by the same kind of split. The validation part is
 * the first of them, so that its scores are comparable; the rows to fit make up the others.
 */
export function chooseFolds(
  job: Pick<Job, 'split' | 'validation' | 'seed'>,
  parts: Uint8Array,
  cells: SplitCells,
  isClassification: boolean,
): Folds {
  const validation = rowsOf(parts, Part.validation);
  const of = new Uint8Array(parts.length).fill(NO_FOLD);
  for (const row of validation) of[row] = 0;
  const single = (reason: string): Folds => ({ count: 1, ordered: false, of, reason });
  const { split, seed } = job;
  if (job.validation === 'single') return single("the job says 'single'");
  if (split.kind === 'column' && namesValidation(cells)) {
    return single('the data say which rows validate');
  }
  if (job.validation === 'auto' && validation.length >= ENOUGH_ROWS) {
    return single(`${validation.length} validation rows tell candidates apart`);
  }
  const fit = rowsOf(parts, Part.fit);
  const wanted = Math.round((validation.length + fit.length) / Math.max(1, validation.length));
  const others = Math.max(FEWEST_FOLDS, Math.min(MOST_FOLDS, wanted)) - 1;
  const ordered = split.kind === 'time';
  const dealt = ordered
    ? byTime(sortedByTime(cells, split.column), parts, others)
    : split.kind === 'group'
      ? byGroup(groupRows(required(cells), fit), others, seed)
      : byTurns(
          isClassification ? [...groupRows(cells.target, fit).values()] : [fit],
          others,
          seed,
        );
  const filled = dealt.filter((rows) => rows.length > 0);
  filled.forEach((rows, index) => {
    for (const row of rows) of[row] = index + 1;
  });
  const count = ordered ? Math.min(MOST_FOLDS_BY_TIME, filled.length) : filled.length + 1;
  if (count < FEWEST_FOLDS) return single('there are too few rows, or groups, for more');
  const why =
    job.validation === 'folds'
      ? "the job says 'folds'"
      : `${validation.length} validation rows alone do not tell candidates apart`;
  return { count, ordered, of, reason: why };
}

/** Dealt out one by one in random order, class after class, so that each fold has its share of each. */
function byTurns(strata: readonly number[][], folds: number, seed: number): number[][] {
  const dealt: number[][] = Array.from({ length: folds }, () => []);
  let turn = 0;
  strata.forEach((rows, index) => {
    const order = new RandomStream(seed, 'folds', [index]).permutation(rows.length);
    for (const i of order) dealt[turn++ % folds]?.push(rows[i] as number);
  });
  return dealt;
}

/** Whole groups in random order, each to the fold that has the fewest rows. */
function byGroup(groups: Map<string, number[]>, folds: number, seed: number): number[][] {
  const members = [...groups.values()];
  const dealt: number[][] = Array.from({ length: folds }, () => []);
  for (const index of new RandomStream(seed, 'folds').permutation(members.length)) {
    const least = dealt.reduce((a, b) => (b.length < a.length ? b : a));
    least.push(...(members[index] as number[]));
  }
  return dealt;
}

/** Spans of time, the latest first. */
function byTime(sorted: readonly number[], parts: Uint8Array, folds: number): number[][] {
  const fit = sorted.filter((row) => parts[row] === Part.fit).toReversed();
  const size = Math.ceil(fit.length / folds);
  return Array.from({ length: folds }, (_, i) => fit.slice(i * size, (i + 1) * size));
}

/** Whether the split's column says of any row that it validates. */
const namesValidation = ({ column = [] }: SplitCells): boolean =>
  column.some((name) => partNamed(name) === Part.validation);
