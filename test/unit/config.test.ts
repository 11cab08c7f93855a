import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';

test('without variables all lies below the user’s own folder', () => {
  expect(readConfig({})).toMatchObject({ home: join(homedir(), '.sevenfold'), store: null });
});

test.each([
  ['s3://bucket', { bucket: 'bucket', prefix: '' }],
  ['s3://bucket/', { bucket: 'bucket', prefix: '' }],
  ['s3://my.bucket-2/team', { bucket: 'my.bucket-2', prefix: 'team' }],
  ['s3://bucket/team/a=1/models/', { bucket: 'bucket', prefix: 'team/a=1/models' }],
])('the store %s is a place in a bucket', (text, place) => {
  expect(readConfig({ SEVENFOLD_STORE: text }).store).toEqual(place);
});

test.each([
  '',
  '/data/store',
  'bucket/prefix',
  'gs://bucket/prefix',
  's3:/bucket',
  's3://',
  's3://Bucket',
  's3://bucket//prefix',
  's3://bucket/../other',
  's3://bucket/a b',
  'https://bucket.s3.amazonaws.com/prefix',
])('the store %j is refused, with the form that is understood', (text) => {
  const problem = {
    code: 'InvalidEnvironment',
    field: 'SEVENFOLD_STORE',
    value: text,
    expected: expect.stringContaining('s3://bucket/prefix') as unknown,
  };
  expect(() => readConfig({ SEVENFOLD_STORE: text })).toThrow(
    expect.objectContaining({ problem: expect.objectContaining(problem) as unknown }),
  );
});
