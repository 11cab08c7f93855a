import type { ColumnType } from '../../schemas/job.ts';
import { isPlaceholder, parseBoolean } from './cell.ts';
import { STRAY_TEXT } from './choose-formats.ts';
import type { ColumnProfile } from './column-profile.ts';

export interface InferredType {
  readonly type: ColumnType | 'constant' | 'empty';
  readonly reason: string;
}

/** Fewer rows than this say nothing about identifiers. */
const FEW_ROWS = 20;
/** Text is free when its values are mostly distinct, and of several words or long. */
const MOSTLY_DISTINCT = 0.5;
const SEVERAL_WORDS = 1.8;
const LONG_TEXT = 40;

/** What a column is, judged by its training rows, and why. */
export function inferType(profile: ColumnProfile, maxCategories: number): InferredType {
  const { present, valued, distinct, distinctShare, numbers, infinite, name } = profile;
  if (present === 0) return { type: 'empty', reason: 'no training row has a value' };
  if (distinct === 1 && profile.missing === 0) {
    return { type: 'constant', reason: 'every training row has the same value' };
  }
  if (saysYesAndNo(profile)) {
    const values = [...profile.counts.keys()].filter((value) => !isPlaceholder(value));
    return { type: 'boolean', reason: `two values: ${values.join(', ')}` };
  }
  if (profile.dates === valued && valued > 0) {
    return { type: 'datetime', reason: 'every value is an ISO 8601 date or time' };
  }
  if (numbers + infinite >= (1 - STRAY_TEXT) * valued && numbers > 0) {
    return inferNumeric(profile);
  }
  const isMany = distinct > maxCategories || !profile.distinctIsExact;
  const texts = present - numbers;
  const isWordy = profile.words / texts >= SEVERAL_WORDS || profile.characters / texts >= LONG_TEXT;
  if (isMany && distinctShare >= MOSTLY_DISTINCT && isWordy && profile.terms !== null) {
    return { type: 'text', reason: `${countDistinct(profile)} distinct values of several words` };
  }
  if (present >= FEW_ROWS && distinctShare > 0.95) {
    const reason = `${countDistinct(profile)} distinct values in ${present} rows`;
    return { type: 'identifier', reason };
  }
  const named = namesIdentifier(name) && distinctShare > MOSTLY_DISTINCT;
  if (named) return { type: 'identifier', reason: 'mostly distinct values, named like one' };
  return { type: 'categorical', reason: `text with ${countDistinct(profile)} distinct values` };
}

/** Ways of saying that there is no value, in one column. */
const MOST_PLACEHOLDERS = 5;

/** Two values that mean the same, such as N and F, are categories. */
function saysYesAndNo(profile: ColumnProfile): boolean {
  const { valued, booleans, numbers, distinct } = profile;
  if (booleans !== valued || numbers > 0 || distinct > 2 + MOST_PLACEHOLDERS) return false;
  const values = [...profile.counts.keys()].filter((value) => !isPlaceholder(value));
  return values.length === 2 && new Set(values.map(parseBoolean)).size === 2;
}

const countDistinct = ({ distinct, distinctIsExact }: ColumnProfile): string =>
  distinctIsExact ? `${distinct}` : `more than ${distinct}`;

function inferNumeric(profile: ColumnProfile): InferredType {
  const { present, numbers, integers, distinctShare, name } = profile;
  const allDistinct = distinctShare === 1 && integers === present && present >= FEW_ROWS;
  if (allDistinct && profile.isSequence) {
    return { type: 'identifier', reason: 'whole numbers that count the rows' };
  }
  if (allDistinct && namesIdentifier(name)) {
    return { type: 'identifier', reason: 'distinct whole numbers, named like an identifier' };
  }
  const others = present - numbers;
  const how =
    profile.format === undefined
      ? ''
      : ` with decimal ${profile.format.decimal === ',' ? 'comma' : 'point'}`;
  if (others === 0) return { type: 'numeric', reason: `every value is a number${how}` };
  return { type: 'numeric', reason: `all but ${others} of ${present} values are numbers${how}` };
}

/** `id`, `customer_id`, `customerId` and `userid`, but neither `paid` nor `idea`. */
const namesIdentifier = (name: string): boolean =>
  /(^|[_\s.-])(id|uuid|guid|key)$/i.test(name) ||
  /^id[_\s.-]/i.test(name) ||
  /[a-z](Id|ID)$/.test(name) ||
  /(row|record|user|customer|client|patient|order|product|item|session)id$/i.test(name);
