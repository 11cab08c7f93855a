import { InputError } from '../../errors.ts';
import type { CategoryEncoding, Job } from '../../schemas/job.ts';
import type { OutOfFold } from '../../schemas/preparation-state.ts';
import type { DatePart, TransformOperation } from '../../schemas/transform.ts';
import { hashText } from '../random.ts';
import { parseBoolean, parseDate } from './cell.ts';
import type { ColumnProfile } from './column-profile.ts';
import { datePart } from './date-part.ts';
import type { InferredType } from './infer-type.ts';
import type { LevelTargets } from './level-targets.ts';
import { type Bend, bendSkewed, momentsOf } from './signed-log.ts';
import { fitText } from './text/fit-text.ts';

type Preprocess = Job['preprocess'];

export interface FittedColumn {
  readonly operations: readonly TransformOperation[];
  /** Of each operation that encodes by the target, in order. */
  readonly outOfFold?: readonly OutOfFold[];
  /** What the model gets of the column, in words. */
  readonly action: string;
}

const UNUSED: Partial<Record<InferredType['type'], string>> = {
  constant: 'dropped: says nothing',
  empty: 'dropped: says nothing',
  identifier: 'dropped: names rows instead of describing them',
  image: 'dropped: another column holds the images',
};

/** How categories may be encoded by what is to be predicted. */
export interface CategoryOptions {
  /** What the job asks for, for this column. */
  readonly encoding?: CategoryEncoding | undefined;
  /** Null where the target has too many classes for that. */
  readonly targets: LevelTargets | null;
  /** Of the target; empty for numbers. */
  readonly classes: readonly string[];
}

/** The operations for one column, fitted on its training rows. */
export function fitColumn(
  profile: ColumnProfile,
  type: InferredType['type'],
  preprocess: Preprocess,
  categories: CategoryOptions = { targets: null, classes: [] },
): FittedColumn {
  const unused = UNUSED[type];
  if (unused !== undefined) return { operations: [], action: unused };
  if (type === 'numeric') return fitNumeric(profile, preprocess);
  if (type === 'text') return fitText(profile, preprocess.text);
  if (type === 'boolean') return fitBoolean(profile);
  if (type === 'datetime') return fitDate(profile, preprocess);
  return fitCategory(profile, preprocess, categories);
}

function fitNumeric(profile: ColumnProfile, preprocess: Preprocess): FittedColumn {
  const { name, format, rows, numbers } = profile;
  const impute = { median: profile.quantile(0.5), mean: profile.mean, zero: 0 }[preprocess.impute];
  const { skewed, normalise } = preprocess;
  const clip = preprocess.outliers === 'clip' ? fitClip(profile) : null;
  const sample =
    clip === null ? profile.sample : profile.sample.map((value) => within(value, clip));
  const bent = skewed !== 'keep' && normalise === 'standard' ? bendSkewed(sample, skewed) : null;
  const scaling = bent ?? fitScale(profile, normalise, clip && sample);
  const missing = rows - numbers;
  return {
    operations: [
      {
        ...{ kind: 'numeric', column: name, impute, ...scaling },
        ...(format !== undefined && { format }),
        ...(clip !== null && { clip }),
      },
    ],
    action: [
      clip === null ? '' : `clipped to ${show(clip.low)} … ${show(clip.high)}`,
      bent === null ? '' : `${describeBend(bent)}, as long-tailed`,
      IN_WORDS[normalise],
      missing === 0 ? '' : `${missing} missing → ${preprocess.impute}`,
    ]
      .filter(Boolean)
      .join(', '),
  };
}

const describeBend = ({ power }: Bend): string =>
  power === undefined ? 'logarithm' : `power of Yeo and Johnson, λ = ${power}`;

const IN_WORDS: Record<Preprocess['normalise'], string> = {
  standard: 'standardised (x − μ)/σ',
  minmax: 'scaled to 0 … 1',
  robust: 'scaled by median and quartiles',
  none: 'as it is',
};

/** @param clipped numbers after outliers were clipped, if they were */
function fitScale(
  profile: ColumnProfile,
  normalise: Preprocess['normalise'],
  clipped: Float64Array | null,
) {
  const orOne = (scale: number) => (scale > 0 && Number.isFinite(scale) ? scale : 1);
  const { mean, std, min, max } = clipped === null ? profile : momentsOf(clipped);
  switch (normalise) {
    case 'standard':
      return { shift: mean, scale: orOne(std) };
    case 'minmax':
      return { shift: min, scale: orOne(max - min) };
    case 'robust':
      return {
        shift: profile.quantile(0.5),
        scale: orOne(profile.quantile(0.75) - profile.quantile(0.25)),
      };
    case 'none':
      return { shift: 0, scale: 1 };
  }
}

function fitBoolean(profile: ColumnProfile): FittedColumn {
  let hits = 0;
  for (const [value, count] of profile.counts) if (parseBoolean(value) === true) hits += count;
  const impute = hits * 2 >= profile.present ? 1 : 0;
  return {
    operations: [{ kind: 'boolean', column: profile.name, impute, shift: 0.5, scale: 0.5 }],
    action: `true 1, false −1${profile.missing === 0 ? '' : `, ${profile.missing} missing → ${impute === 1}`}`,
  };
}

/** In either way there is linear time; a day of a month has no fixed number of fellows to be a cycle of. */
const PARTS: Record<Preprocess['dates'], readonly DatePart[]> = {
  parts: ['year', 'month', 'day', 'weekday', 'hour', 'days'],
  cyclic: [
    ...(['year', 'month.sin', 'month.cos', 'day', 'weekday.sin', 'weekday.cos'] as const),
    ...(['hour.sin', 'hour.cos', 'yearday.sin', 'yearday.cos', 'days'] as const),
  ],
};
/** Less than this is what rounding leaves of a sine that is 0. */
const NO_SPREAD = 1e-9;

/** The parts that vary; each is standardised over the distinct dates of the training rows. */
function fitDate(profile: ColumnProfile, preprocess: Preprocess): FittedColumn {
  const times = [...profile.counts].flatMap(([text, count]) => {
    const time = parseDate(text);
    return time === null ? [] : [{ time, count }];
  });
  const operations = PARTS[preprocess.dates].flatMap((part): TransformOperation[] => {
    let [rows, mean, squares] = [0, 0, 0];
    for (const { time, count } of times) {
      const value = datePart(time, part);
      rows += count;
      const delta = value - mean;
      mean += (delta * count) / rows;
      squares += count * delta * (value - mean);
    }
    const std = Math.sqrt(squares / Math.max(rows, 1));
    if (std < NO_SPREAD) return [];
    const scaling =
      preprocess.normalise === 'none' ? { shift: 0, scale: 1 } : { shift: mean, scale: std };
    return [{ kind: 'date', column: profile.name, part, impute: mean, ...scaling }];
  });
  const parts = operations.map((operation) => ('part' in operation ? operation.part : ''));
  const action = parts.length === 0 ? 'dropped: says nothing' : `date parts: ${parts.join(', ')}`;
  return { operations, action };
}

/** By cardinality, unless the job says how. */
function fitCategory(
  profile: ColumnProfile,
  preprocess: Preprocess,
  categories: CategoryOptions,
): FittedColumn {
  const { targets, encoding: forced } = categories;
  const { encoding: usual, buckets } = preprocess.categories;
  const asked = forced ?? usual;
  const { maxCategories } = preprocess;
  const isMany = profile.distinct > maxCategories || !profile.distinctIsExact;
  const encoding = asked !== 'auto' ? asked : isMany && targets !== null ? 'target' : 'one-hot';
  if (encoding === 'hash') return fitHash(profile, buckets);
  if (encoding === 'one-hot') return fitOneHot(profile, maxCategories);
  if (targets === null) throw notByTarget(profile.name, forced === undefined, categories.classes);
  return fitByTarget(profile, targets, preprocess, categories.classes);
}

function fitOneHot(profile: ColumnProfile, maxCategories: number): FittedColumn {
  const levels = profile.top(maxCategories).map(({ value }) => value);
  const other = profile.distinct > levels.length || !profile.distinctIsExact;
  const missing = profile.missing > 0;
  return {
    operations: [{ kind: 'categorical', column: profile.name, levels, other, missing }],
    action: ['one-hot', `${levels.length} levels`, ...extrasOf(other, missing)].join(', '),
  };
}

const extrasOf = (other: boolean, missing: boolean): string[] => [
  ...(other ? ['the rest as "other"'] : []),
  ...(missing ? ['missing as a level'] : []),
];

/** Levels lie in buckets by their hash, so that collisions depend on nothing but their names. */
function fitHash(profile: ColumnProfile, buckets: number): FittedColumn {
  const { name: column, distinct } = profile;
  const levels = profile.top(distinct).map(({ value }) => value);
  const hash = { buckets, codes: levels.map((level) => hashText(level) % buckets) };
  const missing = profile.missing > 0;
  return {
    operations: [{ kind: 'categorical', column, levels, hash, other: true, missing }],
    action: [`${levels.length} levels in ${buckets} buckets`, ...extrasOf(true, missing)].join(
      ', ',
    ),
  };
}

/** One number a column, or one a class where there are more than two. */
function fitByTarget(
  { name: column }: ColumnProfile,
  targets: LevelTargets,
  { categories, normalise }: Preprocess,
  classes: readonly string[],
): FittedColumn {
  const shares = classes.length > 2 ? classes : classes.slice(1);
  const fitted = Array.from({ length: targets.outputs }, (_, output) =>
    targets.fit(output, categories.smoothing),
  );
  const operations = fitted.map(
    ({ levels, values, missing, otherwise, spread }, output): TransformOperation => ({
      ...{ kind: 'target', column, levels: [...levels], values, missing, impute: otherwise },
      ...(shares[output] !== undefined && { class: shares[output] }),
      ...(normalise === 'none' ? { shift: 0, scale: 1 } : { shift: otherwise, scale: spread || 1 }),
    }),
  );
  const what = classes.length === 0 ? "the target's mean" : 'the share of each class';
  return {
    operations,
    outOfFold: fitted.map(({ outOfFold }) => outOfFold),
    action: `${what} by level, ${fitted[0]?.levels.length} levels, from other folds for rows that are fitted on`,
  };
}

function notByTarget(column: string, byDefault: boolean, classes: readonly string[]): InputError {
  return new InputError({
    code: 'NoTargetEncoding',
    field: byDefault ? 'preprocess.categories.encoding' : `columns.encodings.${column}`,
    value: 'target',
    expected: `another encoding of '${column}': ${
      classes.length > 2 ? `${classes.length} classes are too many` : 'its cells are numbers'
    }`,
    remedy: `Choose one-hot or hash, or say in columns.types that '${column}' is categorical.`,
  });
}

/** Beyond the quartiles: what boxplots call far out. */
const FAR_OUT = 3;

/** Null where nothing lies so far out, or half of the numbers are the same. */
function fitClip(profile: ColumnProfile): { low: number; high: number } | null {
  const [first, third] = [profile.quantile(0.25), profile.quantile(0.75)];
  const range = third - first;
  const [low, high] = [first - FAR_OUT * range, third + FAR_OUT * range];
  const isNeeded = range > 0 && (profile.min < low || profile.max > high);
  return isNeeded ? { low, high } : null;
}

const within = (value: number, { low, high }: { low: number; high: number }): number =>
  Math.min(Math.max(value, low), high);

const show = (value: number): string => String(Number(value.toPrecision(4)));
