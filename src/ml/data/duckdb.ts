import type { DuckDBConnection } from '@duckdb/node-api';

/** Loads it when it is needed: that takes a third of a second, and most tables are text. */
export const loadDuckDb = () => import('@duckdb/node-api');

/** A connection to an empty database in memory, on one thread, so that rows come in order. */
export async function withDuckDb<T>(
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const { DuckDBInstance } = await loadDuckDb();
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
