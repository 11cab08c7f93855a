import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { findStaleSchemas, jsonSchemaOf } from '../../src/schemas/generate.ts';

test('the committed JSON Schemas are what the zod schemas say', async () => {
  expect(await findStaleSchemas()).toEqual([]);
});

test('data and target are a whole job, and unknown keys are faults', () => {
  const schema = JSON.parse(jsonSchemaOf('job.schema.json')) as Record<string, unknown>;
  expect(schema['required']).toEqual(['data', 'target']);
  expect(schema['additionalProperties']).toBe(false);
});

test('a retraining may name its data by a text, or say more of it', () => {
  const schema = JSON.parse(jsonSchemaOf('retraining.schema.json')) as Record<string, unknown>;
  expect(schema['required']).toEqual(['name', 'data', 'job']);
  expect(
    (schema['properties'] as { data: { anyOf: { type: string }[] } }).data.anyOf,
  ).toMatchObject([{ type: 'string' }, { type: 'object', additionalProperties: false }]);
});

test('every example names only keys that the schema knows', async () => {
  const { properties } = JSON.parse(jsonSchemaOf('job.schema.json')) as {
    properties: Record<string, unknown>;
  };
  const job = await readFile(
    new URL('../../examples/01-penguins/job.yaml', import.meta.url),
    'utf8',
  );
  const keys = job.match(/^[a-zA-Z]+(?=:)/gm) ?? [];
  expect(keys).toContain('target');
  for (const key of keys) expect(Object.keys(properties)).toContain(key);
});
