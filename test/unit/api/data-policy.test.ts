import { describe, expect, test } from 'vitest';
import { DataPolicy } from '../../../src/api/data-policy.ts';
import { problemIn } from '../../support/input-problem.ts';

const policy = new DataPolicy('/data');
const sql = 'select 1';

describe('a holder of a token', () => {
  test.each<[string, unknown]>([
    ['a file', 'customers.csv'],
    ['a pattern', '2026/*.csv'],
    ['a list', ['a.csv', '/data/b.csv']],
    ['a SQLite data base', { sql, sqlite: 'shop.db' }],
  ])('may name %s inside the folder', (_, data) => {
    expect(() => policy.check({ data })).not.toThrow();
    expect(() => policy.checkChanges({ data })).not.toThrow();
  });

  test.each<[string, unknown, string]>([
    ['a file', '../secret.csv', 'job.data'],
    ['a pattern', '*/../../etc/*', 'job.data'],
    ['one of a list', ['a.csv', '/etc/passwd'], 'job.data'],
    ['a SQLite data base', { sql, sqlite: '/home/shop.db' }, 'job.data.sqlite'],
  ])('may name %s nowhere else', (_, data, field) => {
    expect(problemIn(() => policy.check({ data }))).toMatchObject({
      ...{ code: 'DataOutsideRoot', field },
    });
    expect(problemIn(() => policy.checkChanges({ data }))).toMatchObject({
      ...{ code: 'DataOutsideRoot', field: field.replace('job', 'set') },
    });
  });

  test('may not ask Postgres with the rights of a worker', () => {
    const problem = { code: 'QueryNotAllowed', field: 'job.data.postgres' };
    const data = { sql, postgres: 'env:SHOP' };
    expect(problemIn(() => policy.check({ data }))).toMatchObject(problem);
    for (const set of [{ data }, { 'data.postgres': 'env:SHOP' }]) {
      expect(problemIn(() => policy.checkChanges(set))).toMatchObject({
        ...{ code: 'QueryNotAllowed', field: 'set.data.postgres' },
      });
    }
  });

  test('may change no part of the data to another place', () => {
    for (const set of [
      { 'data.0': '/etc/passwd' },
      { 'data.sqlite': '../shop.db' },
      { 'split.test': '/etc/passwd' },
      { split: { kind: 'file', test: '/etc/passwd' } },
    ]) {
      expect(problemIn(() => policy.checkChanges(set))).toMatchObject({ code: 'DataOutsideRoot' });
    }
    expect(() => policy.checkChanges({ 'split.column': '/x', seed: 7 })).not.toThrow();
  });

  test('may have test rows inside the folder alone', () => {
    const split = { kind: 'file', test: '../test.csv' };
    expect(problemIn(() => policy.check({ data: 'a.csv', split }))).toMatchObject({
      field: 'job.split.test',
    });
    expect(() => policy.check({ data: 'a.csv', split: { kind: 'random' } })).not.toThrow();
  });
});
