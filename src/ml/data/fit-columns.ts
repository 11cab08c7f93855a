import { InputError } from '../../errors.ts';
import type { ColumnReport } from '../../schemas/data-report.ts';
import type { ColumnType, Job } from '../../schemas/job.ts';
import type { NumberFormat } from '../../schemas/number-format.ts';
import type { FittedColumns, OutOfFold } from '../../schemas/preparation-state.ts';
import type { TransformOperation } from '../../schemas/transform.ts';
import { chooseFormats, describeReading, STRAY_TEXT } from './choose-formats.ts';
import type { ColumnProfile } from './column-profile.ts';
import { type FittedColumn, fitColumn } from './fit-operations.ts';
import type { FittedImage } from './images/fit-image.ts';
import { type InferredType, inferType } from './infer-type.ts';
import type { LevelTargets } from './level-targets.ts';
import { describeNearConstant, describeOutliers } from './odd-values.ts';

const TOP_VALUES = 5;
const MOSTLY_MISSING = 0.5;
/** Share of numbers from which on a column of texts is odd. */
const MIXED = 0.2;

/** What is to be predicted. */
export interface FitTarget {
  /** How it is written, where that is not how programs write numbers. */
  readonly numbers?: NumberFormat | undefined;
  /** Empty for numbers. */
  readonly classes: readonly string[];
  /** How it comes out by the levels of each column. */
  readonly levelTargets: readonly (LevelTargets | null)[];
}

/** Types each column, fits what is done with it, and says why. */
export function fitColumns(
  job: Job,
  profiles: readonly ColumnProfile[],
  image: FittedImage | null = null,
  { numbers, classes, levelTargets }: FitTarget = { classes: [], levelTargets: [] },
): FittedColumns {
  const inputs = profiles.filter(
    ({ name }) => roleOf(job, name) === null && !job.columns.drop.includes(name),
  );
  const { decimal } = job.format;
  const formats = chooseFormats(inputs, decimal);
  const target = profiles.find(({ name }) => name === job.target);
  if (numbers !== undefined) target?.readAs(numbers);
  const operations: TransformOperation[] = [];
  const outOfFold: OutOfFold[] = [];
  const reports: ColumnReport[] = [];
  const loud: string[] = [];
  const quiet: string[] = [];
  if (target !== undefined && numbers !== undefined) {
    loud.push(describeReading(target, numbers.decimal, decimal));
  }
  for (const [index, profile] of profiles.entries()) {
    const role = roleOf(job, profile.name);
    const isDropped = job.columns.drop.includes(profile.name);
    const isImage = image?.operation.column === profile.name;
    const { type, reason } =
      role !== null
        ? { type: role, reason: ROLES[role] }
        : isImage
          ? IMAGE_TYPE
          : typeOf(job, profile);
    checkEncoding(job, profile.name, type);
    const categories = {
      encoding: job.columns.encodings[profile.name],
      targets: levelTargets[index] ?? null,
      classes,
    };
    const fitted: FittedColumn =
      isRole(type) || isDropped
        ? { operations: [], action: isRole(type) ? ROLES[type] : 'dropped: the job says so' }
        : isImage
          ? { operations: [image.operation], action: image.action }
          : fitColumn(profile, type, job.preprocess, categories);
    operations.push(...fitted.operations);
    outOfFold.push(...(fitted.outOfFold ?? []));
    reports.push({
      name: profile.name,
      type,
      typeReason: reason,
      ...statisticsOf(profile),
      action: fitted.action,
      used: fitted.operations.length > 0,
    });
    if (isRole(type) || isDropped) continue;
    if (type === 'identifier') loud.push(unusedIdentifier(profile.name, reason));
    const format = formats.get(profile.name);
    if (type === 'numeric' && format !== undefined) loud.push(format);
    if (type === 'categorical' || type === 'identifier') loud.push(...mixedCells(profile));
    quiet.push(...oddCells(profile, type));
    if (type === 'constant' || type === 'empty' || type === 'text') continue;
    quiet.push(...describeNearConstant(profile));
    if (type !== 'numeric') continue;
    const outliers = describeOutliers(profile);
    loud.push(...outliers.loud);
    quiet.push(...outliers.quiet);
  }
  if (operations.length === 0) throw nothingLeft(reports);
  return { operations, outOfFold, reports, warnings: [...loud, ...quiet] };
}

const IMAGE_TYPE: InferredType = { type: 'image', reason: 'its cells are images' };

/** An encoding that nobody obeys would be a silent surprise. */
function checkEncoding({ columns }: Job, name: string, type: InferredType['type'] | Role): void {
  const encoding = columns.encodings[name];
  if (encoding === undefined || (type === 'categorical' && !columns.drop.includes(name))) return;
  throw new InputError({
    code: 'NoCategories',
    field: `columns.encodings.${name}`,
    value: encoding,
    expected: `a column of categories that is an input; '${name}' is ${columns.drop.includes(name) ? 'dropped' : `of type ${type}`}`,
    remedy: `Remove it, or say categorical in columns.types.${name}.`,
  });
}

type Role = 'target' | 'split';
const ROLES: Record<Role, string> = {
  target: 'what is to be predicted',
  split: 'says which part a row belongs to',
};

const isRole = (type: string): type is Role => Object.hasOwn(ROLES, type);

/** A column that names groups or parts is no input: test rows have other values than any before. */
function roleOf({ target, split }: Job, name: string): Role | null {
  if (name === target) return 'target';
  return (split.kind === 'group' || split.kind === 'column') && split.column === name
    ? 'split'
    : null;
}

function typeOf(job: Job, profile: ColumnProfile): InferredType {
  const forced = job.columns.types[profile.name];
  if (forced === undefined) return inferType(profile, job.preprocess.maxCategories);
  if (profile.present === 0) return { type: 'empty', reason: 'no training row has a value' };
  checkForced(forced, profile);
  return { type: forced, reason: 'the job says so' };
}

function checkForced(type: ColumnType, profile: ColumnProfile): void {
  if (type !== 'numeric' && type !== 'boolean' && type !== 'datetime') return;
  const { present, valued, numbers, infinite, booleans, dates, firstOther } = profile;
  const none = present - valued;
  const fitting = {
    numeric: numbers + infinite + none,
    boolean: booleans + none,
    datetime: dates + none,
  }[type];
  if (fitting === present) return;
  const first = firstOther[type];
  throw new InputError({
    code: 'UnreadableCells',
    field: `columns.types.${profile.name}`,
    value: type,
    expected: `a type that fits the cells; ${present - fitting} of ${present} are not ${type}, first '${first?.value}' in row ${first?.row}`,
    remedy: 'Mend these cells, name them in columns.missing, or choose another type.',
  });
}

function statisticsOf(profile: ColumnProfile) {
  const { missing, distinct, distinctIsExact, numbers, min, max, mean, std } = profile;
  return {
    missing,
    distinct,
    distinctIsExact,
    numeric: numbers === 0 ? null : { min, max, mean, std, median: profile.quantile(0.5) },
    top: profile.top(TOP_VALUES),
  };
}

const unusedIdentifier = (name: string, reason: string): string =>
  `column '${name}' looks like an identifier and is not used (${reason}); columns.types.${name} overrides this`;

function oddCells(profile: ColumnProfile, type: InferredType['type']): string[] {
  const { name, infinite, present, valued, numbers, firstOther, missing, rows } = profile;
  const warnings: string[] = [];
  if ((type === 'numeric' || type === 'boolean' || type === 'datetime') && valued < present) {
    const tokens = [...profile.placeholders].map(([text, count]) => `'${text}' (${count})`);
    warnings.push(`column '${name}': ${tokens.join(', ')} count as missing`);
  }
  if (type === 'numeric') {
    const texts = valued - numbers - infinite;
    if (infinite > 0)
      warnings.push(`column '${name}': ${infinite} infinite cells count as missing`);
    if (texts > 0) {
      warnings.push(
        `column '${name}': ${texts} cells are no numbers and count as missing, first '${firstOther.numeric?.value}' in row ${firstOther.numeric?.row}`,
      );
    }
  }
  if (missing > MOSTLY_MISSING * rows && present > 0) {
    warnings.push(`column '${name}' is missing in ${missing} of ${rows} training rows`);
  }
  return warnings;
}

/** Numbers among texts, or of several units, in a column that is taken for neither. */
function mixedCells({ name, written, numbers, valued, firstOther }: ColumnProfile): string[] {
  const united = [...written.units.values()].reduce((sum, count) => sum + count, 0);
  if (written.units.size > 1 && numbers + united >= (1 - STRAY_TEXT) * valued) {
    const units = [...written.units].slice(0, 5).map(([unit, count]) => `'${unit}' (${count})`);
    return [
      `column '${name}' holds numbers of SEVERAL UNITS, ${units.join(', ')}, and is no number: bring them to one`,
    ];
  }
  if (numbers < MIXED * valued || numbers === valued) return [];
  return [
    `column '${name}' is MIXED: ${numbers} of ${valued} values are numbers, the others are text, first '${firstOther.numeric?.value}' in row ${firstOther.numeric?.row}; columns.missing would make it numeric`,
  ];
}

function nothingLeft(reports: readonly ColumnReport[]): InputError {
  const others = reports.filter(({ type }) => type !== 'target' && type !== 'split');
  const shown = others.slice(0, 5).map(({ name, action }) => `${name} (${action})`);
  return new InputError({
    code: 'NoInputs',
    field: 'columns',
    value: others.map(({ name }) => name).slice(0, 5),
    expected: `one column at least to predict from; left out are ${shown.join(', ') || 'none, as there are no others'}`,
    remedy: 'Drop fewer columns, or force a type in columns.types.',
  });
}
