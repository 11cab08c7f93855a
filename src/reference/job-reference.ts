import { stringify } from 'yaml';
import { estimatorFor } from '../ml/estimators/index.ts';
import type { EstimatorName } from '../schemas/hyperparameters.ts';
import type { Dimension, SearchSpace } from '../schemas/study.ts';
import { type FieldRow, fieldRows, isBlock, type JsonSchema, propertiesOf } from './field-rows.ts';
import { jsonSchemaOf } from './json-schemas.ts';

/** What search spaces are shown for: they depend on the size of the data. */
const SHOWN_ROWS = 10_000;
const SHOWN_TERMS = 1_000;
const SHOWN_IMAGE = { height: 28, width: 28, channels: 1 } as const;

/** docs/job.md: everything that can be set in a job, with its type, its default, and why. */
export function renderJobReference(): string {
  const job = jsonSchemaOf('job.schema.json');
  const fields = propertiesOf(job);
  const blocks = fields.filter(([, schema]) => isBlock(schema));
  const isOwn = ({ path }: FieldRow) => !blocks.some(([name]) => name === path.split('.')[0]);
  const sections = blocks.map(([name, schema]) =>
    name === 'hyperparameters' ? hyperparameters(schema) : section(name, schema),
  );
  return `${[
    HEAD,
    ...[
      '## The least',
      yamlOf(exampleOf(job, job.required)),
      '## The job itself',
      tableOf(fieldRows(job).filter(isOwn)),
    ],
    ...sections,
    '## All of it',
    'Everything with its default, or an example where there is none:',
    yamlOf(exampleOf(job)),
  ].join('\n\n')}\n`;
}

const HEAD = `# Job reference

A job says what to learn from which data. All but \`data\` and \`target\` has a default; this is what can be set, in a
job file, by \`--set preprocess.impute=mean\`, or in the JSON of any other way in. At the end of the page stands
[a whole one](#all-of-it).

This page and \`schemas/job.schema.json\` are made of the schemas in \`src/schemas\` by \`npm run schema\`. To have an
editor complete and check a job file, let its first line be
\`# yaml-language-server: $schema=<path of job.schema.json>\`.`;

function section(name: string, schema: JsonSchema): string {
  const { description = '', default: value } = schema;
  const text = JSON.stringify(value ?? {});
  return [
    `## ${name}`,
    escape(description),
    ...(text === '{}' ? [] : [`Default: \`${text}\``]),
    tableOf(fieldRows(schema)),
  ].join('\n\n');
}

/** A table an estimator; what has none has nothing to set. */
function hyperparameters(schema: JsonSchema): string {
  const blocks = propertiesOf(schema).map(([name, block]) => {
    const rows = fieldRows(block);
    const { tasks } = estimatorFor(name as EstimatorName);
    return [
      `### ${name}`,
      `For ${tasks.join(', ')}.`,
      rows.length === 0 ? 'Nothing to set.' : tableOf(rows, spaceOf(name as EstimatorName)),
    ].join('\n\n');
  });
  return [
    '## hyperparameters',
    escape(schema.description ?? ''),
    `The screening takes the defaults. What the tuning varies, and how far, is shown for ${SHOWN_ROWS.toLocaleString('en')} rows.`,
    ...blocks,
  ].join('\n\n');
}

function spaceOf(name: EstimatorName): SearchSpace {
  const { height, width, channels } = SHOWN_IMAGE;
  const size = height * width * channels;
  const shown = { task: 'multiclass', classes: 10, width: size, image: SHOWN_IMAGE } as const;
  return estimatorFor(name).space({ ...shown, terms: SHOWN_TERMS }, SHOWN_ROWS);
}

/** @param space what a search varies: a column more */
function tableOf(rows: readonly FieldRow[], space?: SearchSpace): string {
  const head = ['field', 'type', 'default', ...(space ? ['searched'] : []), 'what, and why so'];
  const body = rows.map(({ path, type, default: value, required, description }) => [
    `\`${path}\``,
    escapeBars(type),
    value === null ? (required ? '**required**' : '') : `\`${escapeBars(value)}\``,
    ...(space ? [escape(describeDimension(space[path]))] : []),
    escape(description),
  ]);
  return [head, head.map(() => '---'), ...body]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function describeDimension(dimension: Dimension | undefined): string {
  if (dimension === undefined) return '';
  if (dimension.kind === 'choice') {
    const texts = dimension.options.map((option) => JSON.stringify(option).replaceAll('"', ''));
    return [...new Set(texts)].join(' · ');
  }
  const { low, high, log } = dimension;
  return `${low} to ${high}${log ? ', by logarithm' : ''}`;
}

/** Bars would end a cell, in code, too. */
const escapeBars = (text: string): string => text.replaceAll('|', '\\|');
/** Stars of prose would be emphasis. */
const escape = (text: string): string => escapeBars(text).replaceAll('*', '\\*');

/** A value that a schema allows: its example, its default, or those of its fields. */
function exampleOf(schema: JsonSchema, only?: readonly string[]): unknown {
  const { examples, default: value } = schema;
  const properties = propertiesOf(schema);
  if (examples?.[0] !== undefined) return examples[0];
  if (properties.length === 0) return value;
  return Object.fromEntries(
    properties
      .filter(([name]) => only?.includes(name) ?? true)
      .map(([name, field]) => [name, exampleOf(field)])
      .filter(([, example]) => example !== undefined),
  );
}

const yamlOf = (value: unknown): string => `\`\`\`yaml\n${stringify(value).trimEnd()}\n\`\`\``;
