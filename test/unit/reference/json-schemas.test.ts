import { expect, test } from 'vitest';
import { type JsonSchema, propertiesOf } from '../../../src/reference/field-rows.ts';
import { findStaleFiles } from '../../../src/reference/generate.ts';
import { jsonSchemaOf, type SchemaFile } from '../../../src/reference/json-schemas.ts';
import { parseJob } from '../../../src/schemas/parse-job.ts';

test('the committed JSON Schemas and the reference are what the zod schemas say', async () => {
  expect(await findStaleFiles()).toEqual([]);
});

test('data and target are a whole job, and unknown keys are faults', () => {
  const schema = jsonSchemaOf('job.schema.json');
  expect(schema.required).toEqual(['data', 'target']);
  expect(schema.additionalProperties).toBe(false);
});

test("a job's schema knows the hyperparameters of each estimator", () => {
  expect(jsonSchemaOf('job.schema.json').properties?.['hyperparameters']).toMatchObject({
    additionalProperties: false,
    properties: {
      linear: { properties: {}, additionalProperties: false },
      mlp: { properties: { epochs: { type: 'integer', default: 100 } } },
    },
  });
});

const propertyOf = (file: SchemaFile, name: string): JsonSchema =>
  Object.fromEntries(propertiesOf(jsonSchemaOf(file)))[name] ?? {};

test.each(['60s', '5m, 30trials', '20epochs,1h'])('a budget may be said in short: %s', (budget) => {
  const [, text] = propertyOf('job.schema.json', 'budget').anyOf ?? [];
  expect(budget).toMatch(new RegExp(text?.pattern ?? 'none'));
  expect(() => parseJob({ data: 'a.csv', target: 'b', budget })).not.toThrow();
});

test('what is changed on reading keeps its default and its example', () => {
  expect(jsonSchemaOf('job.schema.json').properties?.['columns']).toMatchObject({
    properties: { missing: { default: [], examples: [['-999']] } },
  });
});

test('a retraining may name its data by a text, or say more of it', () => {
  const schema = jsonSchemaOf('retraining.schema.json');
  expect(schema.required).toEqual(['name', 'data', 'job']);
  expect(schema.properties?.['data']).toMatchObject({
    anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: false }],
  });
});
