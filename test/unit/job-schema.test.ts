import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { jobJsonSchema, staleSchemas } from '../../src/schemas/generate.ts';

test('the committed JSON Schemas are what the zod schemas say', async () => {
  expect(await staleSchemas()).toEqual([]);
});

test('data and target are a whole job, and unknown keys are faults', () => {
  const schema = JSON.parse(jobJsonSchema()) as Record<string, unknown>;
  expect(schema['required']).toEqual(['data', 'target']);
  expect(schema['additionalProperties']).toBe(false);
});

test('every example names only keys that the schema knows', async () => {
  const { properties } = JSON.parse(jobJsonSchema()) as { properties: Record<string, unknown> };
  const job = await readFile(
    new URL('../../examples/01-penguins/job.yaml', import.meta.url),
    'utf8',
  );
  const keys = job.match(/^[a-zA-Z]+(?=:)/gm) ?? [];
  expect(keys).toContain('target');
  for (const key of keys) expect(Object.keys(properties)).toContain(key);
});
