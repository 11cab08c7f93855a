import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type FieldRow, fieldRows } from '../../../src/reference/field-rows.ts';
import { renderJobReference } from '../../../src/reference/job-reference.ts';
import { jsonSchemaOf } from '../../../src/reference/json-schemas.ts';
import { EstimatorName } from '../../../src/schemas/hyperparameters.ts';
import { parseJob } from '../../../src/schemas/parse-job.ts';

const reference = renderJobReference();
const rows = fieldRows(jsonSchemaOf('job.schema.json'));
const examples = [...reference.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) =>
  parse(text),
);

/** The cells of a field's row in the section of a block. */
const cellsOf = (section: string, field: string): string[] => {
  const text = reference.split(/^#{2,3} /m).find((each) => each.startsWith(`${section}\n`)) ?? '';
  const row = text.split('\n').find((line) => line.startsWith(`| \`${field}\` |`)) ?? '';
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
};

test('its least job and its whole one are jobs', () => {
  const [least, whole] = examples;
  expect(examples).toHaveLength(2);
  expect(parseJob(least)).toEqual(parseJob({ data: 'customers.csv', target: 'churned' }));
  expect(parseJob(whole)).toMatchObject({ task: 'binary', budget: { trials: 30 } });
  expect(whole).toMatchObject({ seed: 0, preprocess: { text: { terms: 1000 } }, refit: 'auto' });
});

test('its whole job names every field that has no kinds of its own', () => {
  const isNamed = ({ path }: FieldRow) => {
    const value = path.split('.').reduce<unknown>((at, key) => Object(at)[key], examples[1]);
    return value !== undefined || /^(data|hyperparameters|split)\./.test(path);
  };
  expect(rows.filter((row) => !isNamed(row)).map(({ path }) => path)).toEqual([]);
});

test('everything that can be set says what it is', () => {
  const silent = rows.filter(({ path, description }) => {
    // An estimator's own block is its heading.
    const isEstimator = EstimatorName.options.some((name) => path === `hyperparameters.${name}`);
    return description === '' && !isEstimator;
  });
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test('tells type, default and search space of a field', () => {
  expect(cellsOf('The job itself', 'data').slice(1, 3)).toEqual([
    'text or list: text or { sql, postgres, sqlite }',
    '**required**',
  ]);
  expect(cellsOf('preprocess', 'text.terms').slice(1, 3)).toEqual([
    'whole number from 10 to 20000',
    '`1000`',
  ]);
  expect(cellsOf('columns', 'missing').slice(1, 3)).toEqual([
    'list: text or number or `true` · `false`',
    '`[]`',
  ]);
  expect(cellsOf('logistic', 'c').slice(0, 4)).toEqual([
    '`c`',
    'number above 0',
    '`1`',
    '0.001 to 100, by logarithm',
  ]);
});

test('fields that several kinds have in common are told once, those of their own by their kinds', () => {
  expect(cellsOf('split', 'test').at(-1)).toMatch(
    /^With `random`, `stratified`, `time`, `group`\./,
  );
  expect(cellsOf('mlp', 'schedule.decay').at(-1)).toMatch(/^With `polynomial`\./);
});
