import type { Job } from '../../../schemas/job.ts';
import type { TransformOperation } from '../../../schemas/transform.ts';
import type { ColumnProfile } from '../column-profile.ts';
import type { FittedColumn } from '../fit-operations.ts';

/**
 * A term that only one text has says nothing of others. Where rows are few, chance makes much of a term
 * that two or three of them have: it takes more, down to this share of the rows.
 */
const FEWEST_TEXTS = 2;
const FEW_ROWS = 1_000;
const MOST_ASKED = 0.1;
/** Rows a term at least, as far as there are terms enough: few rows can't tell many words apart. */
const ROWS_PER_TERM = 4;
/** Values of all rows together, over which fewer terms are taken: 1 GiB of float32. */
const MOST_VALUES = 2 ** 28;
const FEWEST_TERMS = 10;

/**
 * The most frequent terms of a column of texts, weighted by how rare they are: ln((1 + n)/(1 + d)) + 1
 * for a term in d of n texts, as scikit-learn's TfidfVectorizer does.
 */
export function fitText(
  { name, terms, rows }: ColumnProfile,
  { grams, terms: most }: Job['preprocess']['text'],
): FittedColumn {
  if (terms === null) throw new TypeError(`The terms of column '${name}' were not counted.`);
  const bearable = Math.floor(Math.min(rows / ROWS_PER_TERM, MOST_VALUES / rows));
  const count = Math.min(most, Math.max(FEWEST_TERMS, bearable));
  const asked = Math.min(Math.ceil(FEW_ROWS / rows), Math.floor(MOST_ASKED * rows));
  const top = terms.top(count, Math.max(FEWEST_TEXTS, asked));
  if (top.length === 0)
    return { operations: [], action: 'dropped: no word tells some texts from others' };
  const operation: TransformOperation = {
    kind: 'text',
    column: name,
    grams,
    terms: top.map(({ term }) => term),
    weights: top.map(({ texts }) => Math.log((1 + terms.texts) / (1 + texts)) + 1),
    // As if each term that a text has were a category, whose one-hot block is of length 1: penalties,
    // rates and distances are made for such inputs. All texts of length 1 would be held back by them.
    length: Math.sqrt(Math.max(1, top.reduce((sum, { texts }) => sum + texts, 0) / terms.texts)),
  };
  const what = { words: 'words and pairs', characters: 'parts of words', both: 'words and parts' };
  return {
    operations: [operation],
    action: `TF-IDF of the ${top.length} most frequent ${what[grams]}`,
  };
}
