import { expect, test } from 'vitest';
import { mapFiles } from '../../../src/pipelines/map-files.ts';
import type { ValueType } from '../../../src/schemas/value-type.ts';

const moved = (value: unknown, type: ValueType) => mapFiles(value, type, (path) => `/data/${path}`);

test.each<[unknown, ValueType, unknown]>([
  ['a.csv', 'file', '/data/a.csv'],
  ['a.csv', 'string', 'a.csv'],
  ['a.csv', 'any', 'a.csv'],
  [['a.csv', 'b.csv'], 'file[]', ['/data/a.csv', '/data/b.csv']],
  [['a.csv'], { list: 'file' }, ['/data/a.csv']],
  [[['a.csv']], 'file[][]', [['/data/a.csv']]],
  [
    { table: 'a.csv', name: 'a.csv', more: null },
    { object: { table: 'file', name: 'string', 'more?': { anyOf: ['file', 'null'] } } },
    { table: '/data/a.csv', name: 'a.csv', more: null },
  ],
  [{ more: 'b.csv' }, { object: { 'more?': 'file' } }, { more: '/data/b.csv' }],
  ['a.csv', { anyOf: ['file', 'null'] }, '/data/a.csv'],
  [{ path: 'a.csv' }, { anyOf: ['null', { object: { path: 'file' } }] }, { path: '/data/a.csv' }],
  [
    { data: 'a.csv', target: 'y', split: { kind: 'file', test: 'b.csv' } },
    'Job',
    { data: '/data/a.csv', target: 'y', split: { kind: 'file', test: '/data/b.csv' } },
  ],
  [7, 'file', 7],
  [undefined, 'file', undefined],
])('paths in %j of the type %j are found', (value, type, wanted) => {
  expect(moved(value, type)).toEqual(wanted);
});
