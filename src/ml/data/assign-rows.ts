import { InputError } from '../../errors.ts';
import type { Job } from '../../schemas/job.ts';
import type { Decision, Problem } from '../../schemas/problem.ts';
import { isPlaceholder } from './cell.ts';
import { chooseFormats } from './choose-formats.ts';
import { ColumnProfile } from './column-profile.ts';
import { chooseFolds, type Folds } from './folds.ts';
import { inferProblem } from './infer-problem.ts';
import { targetReader } from './read-target.ts';
import { DigestIndex } from './row-digests.ts';
import type { ScannedRows } from './scan-rows.ts';
import { chooseTestRows, chooseValidationRows, Part } from './split.ts';
import { TextMemo } from './text-memo.ts';

const FEWEST_ROWS = 5;

export interface AssignedRows {
  readonly problem: Problem;
  readonly decisions: Decision[];
  /** The part of each row, by `Part`. */
  readonly parts: Uint8Array;
  /** For cross-validation; one where the validation part is enough. */
  readonly folds: Folds;
  /** Each row's value, or index of its class; NaN where it is dropped. */
  readonly targets: Float64Array;
  /** Over the training rows. */
  readonly targetProfile: ColumnProfile;
  /** Training rows left out, by reason. */
  readonly dropped: { readonly duplicates: number; readonly missingTarget: number };
  /** Test rows left out: no target, or a class that no training row has. */
  readonly unusableTestRows: number;
  /** Rows left out because their image can't be read. */
  readonly unreadable: { readonly training: number; readonly test: number };
  /** Test rows that also stand among the training rows. */
  readonly repeatedTestRows: number;
}

/**
 * Decides which part each row belongs to, and what is to be predicted. The test rows come first;
 * from there on only training rows are looked at.
 */
export function assignRows(job: Job, all: ScannedRows): AssignedRows {
  if (all.tableRows < FEWEST_ROWS) {
    throw new InputError({
      code: 'TooFewRows',
      field: 'data',
      value: job.data,
      expected: `${FEWEST_ROWS} rows at least; there are ${all.tableRows}`,
      remedy: 'Add rows: some have to be kept to validate and to test.',
    });
  }
  const parts = chooseParts(job, all);
  const scanned = withoutPlaceholders(job, all, parts);
  const unreadable = dropUnreadable(scanned, parts);
  const dropped = dropTrainingRows(job, scanned, parts);
  const targetProfile = profileTarget(job, scanned, parts);
  const { problem, decisions } = inferProblem(job, targetProfile);
  chooseValidationRows(parts, job.split, scanned, job.seed, problem.task !== 'regression');
  const { targets, unusableTestRows } = readTargets(problem, scanned, parts);
  checkParts(job, parts);
  checkKinds(problem, parts, targets);
  const folds = chooseFolds(job, parts, scanned, problem.task !== 'regression');
  return {
    problem,
    decisions: [
      ...decisions,
      { field: 'validation', value: describe(folds), reason: folds.reason },
    ],
    parts,
    folds,
    targets,
    targetProfile,
    dropped,
    unusableTestRows,
    unreadable,
    repeatedTestRows: countRepeated(scanned, parts),
  };
}

const describe = ({ count, ordered }: Folds): string =>
  count === 1
    ? 'one part'
    : `${count} folds${ordered ? ', each after what it is predicted from' : ''}`;

function chooseParts(job: Job, scanned: ScannedRows): Uint8Array {
  const own = { ...scanned, rows: scanned.tableRows };
  const chosen = chooseTestRows(job.split, own, job.seed);
  const parts = new Uint8Array(scanned.rows).fill(Part.test);
  parts.set(chosen);
  return parts;
}

/** Among numbers, what people write where there is no value is none. */
function withoutPlaceholders(job: Job, scanned: ScannedRows, parts: Uint8Array): ScannedRows {
  const isOdd = new TextMemo(isPlaceholder);
  if (!scanned.target.some((text) => text !== null && isOdd.of(text))) return scanned;
  const { numbers, valued, placeholders } = profileTarget(job, scanned, parts);
  if (placeholders.size === 0 || numbers === 0 || numbers < valued) return scanned;
  const target = scanned.target.map((text) => (text !== null && isPlaceholder(text) ? null : text));
  return { ...scanned, target };
}

const isTraining = (part: number | undefined): boolean =>
  part === Part.fit || part === Part.validation;

/** Rows whose image can't be decoded have nothing to predict from, in whichever part. */
function dropUnreadable({ images = [] }: ScannedRows, parts: Uint8Array) {
  const unreadable = { training: 0, test: 0 };
  images.forEach((image, row) => {
    if (!('fault' in image)) return;
    unreadable[isTraining(parts[row]) ? 'training' : 'test'] += 1;
    parts[row] = Part.dropped;
  });
  return unreadable;
}

/** Rows without a target teach nothing; a row that stands there twice would count twice. */
function dropTrainingRows(job: Job, { target, digests }: ScannedRows, parts: Uint8Array) {
  const seen = new DigestIndex(digests);
  let [duplicates, missingTarget] = [0, 0];
  for (let row = 0; row < parts.length; row++) {
    if (!isTraining(parts[row])) continue;
    if (target[row] === null) {
      missingTarget += 1;
      parts[row] = Part.dropped;
    } else if (job.preprocess.dropDuplicates && seen.add(row) !== undefined) {
      duplicates += 1;
      parts[row] = Part.dropped;
    }
  }
  return { duplicates, missingTarget };
}

/** Of the training rows; of those dropped for want of a target where no others are left. */
function profileTarget(job: Job, { target }: ScannedRows, parts: Uint8Array): ColumnProfile {
  const profile = new ColumnProfile(job.target, new Set(job.columns.missing));
  for (let row = 0; row < target.length; row++) {
    if (isTraining(parts[row])) profile.add(target[row], row + 1);
  }
  chooseFormats([profile], job.format.decimal);
  return profile;
}

function readTargets(problem: Problem, { target }: ScannedRows, parts: Uint8Array) {
  const read = targetReader(problem, new Set());
  const targets = new Float64Array(target.length).fill(Number.NaN);
  let unusableTestRows = 0;
  for (let row = 0; row < target.length; row++) {
    if (parts[row] === Part.dropped) continue;
    const value = read(target[row]);
    if (value !== null) {
      targets[row] = value;
    } else {
      // Training rows were checked when the problem was inferred.
      parts[row] = Part.dropped;
      unusableTestRows += 1;
    }
  }
  return { targets, unusableTestRows };
}

function checkParts(job: Job, parts: Uint8Array): void {
  const counts = [0, 0, 0, 0];
  for (const part of parts) counts[part] = (counts[part] as number) + 1;
  for (const [name, least] of [
    ['fit', 2],
    ['validation', 1],
    ['test', 1],
  ] as const) {
    const rows = counts[Part[name]] as number;
    if (rows >= least) continue;
    throw new InputError({
      code: 'EmptyPart',
      field: 'split',
      value: job.split,
      expected: `${least} usable rows at least to ${name === 'validation' ? 'validate' : name}; this split leaves ${rows}`,
      remedy: 'Choose another split, or add rows.',
    });
  }
}

/** Curves over thresholds need rows of two classes; better known now than after hours of training. */
function checkKinds({ metric, task }: Problem, parts: Uint8Array, targets: Float64Array): void {
  if (task === 'regression' || (metric !== 'roc_auc' && metric !== 'pr_auc')) return;
  for (const name of ['validation', 'test'] as const) {
    const first = targets[parts.indexOf(Part[name])];
    if (targets.some((target, row) => target !== first && parts[row] === Part[name])) continue;
    throw new InputError({
      code: 'MetricUndefined',
      field: 'metric',
      value: metric,
      expected: `a metric that is defined where all ${name} rows are of one class`,
      remedy: "Choose another metric, such as log_loss, or a 'stratified' split.",
    });
  }
}

function countRepeated({ digests }: ScannedRows, parts: Uint8Array): number {
  const tested = new DigestIndex(digests);
  /** Of the first of equal test rows, how many they are. */
  const copies = new Uint32Array(digests.length);
  for (let row = 0; row < parts.length; row++) {
    if (parts[row] !== Part.test) continue;
    const first = tested.add(row) ?? row;
    copies[first] = (copies[first] as number) + 1;
  }
  let repeated = 0;
  for (let row = 0; row < parts.length; row++) {
    const first = isTraining(parts[row]) ? tested.find(row) : undefined;
    if (first === undefined) continue;
    repeated += copies[first] as number;
    copies[first] = 0;
  }
  return repeated;
}
