import type { Job } from '../../schemas/job.ts';
import type { DatePart, TransformOperation } from '../../schemas/transform.ts';
import { parseBoolean, parseDate } from './cell.ts';
import type { ColumnProfile } from './column-profile.ts';
import { datePart } from './fitted-transform.ts';
import type { InferredType } from './infer-type.ts';
import { bendSkewed } from './signed-log.ts';
import { fitText } from './text/fit-text.ts';

type Preprocess = Job['preprocess'];

export interface FittedColumn {
  readonly operations: readonly TransformOperation[];
  /** What the model gets of the column, in words. */
  readonly action: string;
}

const UNUSED: Partial<Record<InferredType['type'], string>> = {
  constant: 'dropped: says nothing',
  empty: 'dropped: says nothing',
  identifier: 'dropped: names rows instead of describing them',
  image: 'dropped: another column holds the images',
};

/** The operations for one column, fitted on its training rows. */
export function fitColumn(
  profile: ColumnProfile,
  type: InferredType['type'],
  preprocess: Preprocess,
): FittedColumn {
  const unused = UNUSED[type];
  if (unused !== undefined) return { operations: [], action: unused };
  if (type === 'numeric') return fitNumeric(profile, preprocess);
  if (type === 'text') return fitText(profile, preprocess.text);
  if (type === 'boolean') return fitBoolean(profile);
  if (type === 'datetime') return fitDate(profile, preprocess);
  return fitCategorical(profile, preprocess.maxCategories);
}

function fitNumeric(profile: ColumnProfile, preprocess: Preprocess): FittedColumn {
  const { name, format, rows, numbers } = profile;
  const impute = { median: profile.quantile(0.5), mean: profile.mean, zero: 0 }[preprocess.impute];
  const mayBend = preprocess.skewed === 'log' && preprocess.normalise === 'standard';
  const bent = mayBend ? bendSkewed(profile.sample) : null;
  const { shift, scale } = bent ?? fitScale(profile, preprocess.normalise);
  const missing = rows - numbers;
  return {
    operations: [
      {
        ...{ kind: 'numeric', column: name, impute, shift, scale },
        ...(format !== undefined && { format }),
        ...(bent !== null && { log: true }),
      },
    ],
    action: [
      bent === null ? '' : 'logarithm, as long-tailed',
      IN_WORDS[preprocess.normalise],
      missing === 0 ? '' : `${missing} missing → ${preprocess.impute}`,
    ]
      .filter(Boolean)
      .join(', '),
  };
}

const IN_WORDS: Record<Preprocess['normalise'], string> = {
  standard: 'standardised (x − μ)/σ',
  minmax: 'scaled to 0 … 1',
  robust: 'scaled by median and quartiles',
  none: 'as it is',
};

function fitScale(profile: ColumnProfile, normalise: Preprocess['normalise']) {
  const orOne = (scale: number) => (scale > 0 && Number.isFinite(scale) ? scale : 1);
  switch (normalise) {
    case 'standard':
      return { shift: profile.mean, scale: orOne(profile.std) };
    case 'minmax':
      return { shift: profile.min, scale: orOne(profile.max - profile.min) };
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

const PARTS: readonly DatePart[] = ['year', 'month', 'day', 'weekday', 'hour', 'days'];

/** The parts that vary; each is standardised over the distinct dates of the training rows. */
function fitDate(profile: ColumnProfile, preprocess: Preprocess): FittedColumn {
  const times = [...profile.counts].flatMap(([text, count]) => {
    const time = parseDate(text);
    return time === null ? [] : [{ time, count }];
  });
  const operations = PARTS.flatMap((part): TransformOperation[] => {
    let [rows, mean, squares] = [0, 0, 0];
    for (const { time, count } of times) {
      const value = datePart(time, part);
      rows += count;
      const delta = value - mean;
      mean += (delta * count) / rows;
      squares += count * delta * (value - mean);
    }
    const std = Math.sqrt(squares / Math.max(rows, 1));
    if (std === 0) return [];
    const scaling =
      preprocess.normalise === 'none' ? { shift: 0, scale: 1 } : { shift: mean, scale: std };
    return [{ kind: 'date', column: profile.name, part, impute: mean, ...scaling }];
  });
  const parts = operations.map((operation) => ('part' in operation ? operation.part : ''));
  const action = parts.length === 0 ? 'dropped: says nothing' : `date parts: ${parts.join(', ')}`;
  return { operations, action };
}

function fitCategorical(profile: ColumnProfile, maxCategories: number): FittedColumn {
  const levels = profile.top(maxCategories).map(({ value }) => value);
  const other = profile.distinct > levels.length || !profile.distinctIsExact;
  const missing = profile.missing > 0;
  const extras = [other ? 'the rest as "other"' : '', missing ? 'missing as a level' : ''];
  return {
    operations: [{ kind: 'categorical', column: profile.name, levels, other, missing }],
    action: ['one-hot', `${levels.length} levels`, ...extras.filter(Boolean)].join(', '),
  };
}
