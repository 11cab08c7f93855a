import { type FileHandle, open } from 'node:fs/promises';
import { explainFullDisk } from '../../../full-disk.ts';
import { readSecret } from '../../../read-secret.ts';
import type { SqlSource } from '../../../schemas/sql-source.ts';
import { nameColumns } from '../header-names.ts';
import { invalidQuery, type QueriedRows, type Query } from './query.ts';

export interface SaveOptions {
  readonly interval?: Query['interval'];
  /** Of the worker, where the connection string may be. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  onRows(rows: number): void;
}

/**
 * Writes what a select gives as JSON lines, so that what follows reads the same rows however often,
 * and can be known by their hash. The same rows in the same order give the same bytes.
 */
export async function saveRows(
  source: SqlSource,
  path: string,
  { interval, environment, signal, onRows }: SaveOptions,
): Promise<void> {
  const query = { sql: source.sql, ...(interval !== undefined && { interval }) };
  const file = await open(path, 'w');
  let total = 0;
  try {
    for await (const { columns, rows } of readRows(source, query, environment)) {
      signal.throwIfAborted();
      refuseRepeated(columns, source.sql);
      await append(file, path, toLines(columns, rows));
      total += rows.length;
      onRows(total);
    }
  } finally {
    await file.close();
  }
  if (total > 0) return;
  throw invalidQuery(source.sql, 'a select that gives rows', 'Ask for rows that are there.');
}

async function* readRows(
  { postgres, sqlite = '' }: SqlSource,
  query: Query,
  environment: NodeJS.ProcessEnv,
): AsyncGenerator<QueriedRows> {
  // Loaded when one is asked for: few jobs ask any.
  if (postgres === undefined) {
    const { readSqlite } = await import('./read-sqlite.ts');
    yield* readSqlite(sqlite, query);
    return;
  }
  const { readPostgres } = await import('./read-postgres.ts');
  const url = await readSecret('data.postgres', postgres, environment);
  yield* readPostgres(url, postgres, query);
}

function refuseRepeated(columns: readonly string[], sql: string): void {
  const [repeated] = nameColumns(columns).repeated;
  if (repeated === undefined) return;
  throw invalidQuery(
    sql,
    `a name of its own for each column; '${repeated}' stands there twice`,
    `Name one of them otherwise: … as ${repeated}_2.`,
  );
}

function toLines(columns: readonly string[], rows: QueriedRows['rows']): string {
  const keys = columns.map((name) => JSON.stringify(name));
  return rows
    .map((cells) => `{${cells.map((cell, i) => `${keys[i]}:${cell}`).join(',')}}\n`)
    .join('');
}

async function append(file: FileHandle, path: string, lines: string): Promise<void> {
  try {
    // Unlike write, this does not stop short on a disk that fills up.
    await file.appendFile(lines);
  } catch (error) {
    throw explainFullDisk(error, path);
  }
}
