import { stat } from 'node:fs/promises';
import Database from 'libsql';
import { InputError } from '../../../errors.ts';
import { FETCHED_ROWS, invalidQuery, type QueriedRows, type Query } from './query.ts';

/** How long a read waits for another process's write. */
const BUSY_TIMEOUT_MS = 10_000;

/** The rows of a select, by a connection that can't write. */
export async function* readSqlite(
  path: string,
  { sql, interval }: Query,
): AsyncGenerator<QueriedRows> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile() !== true) {
    throw new InputError({
      code: 'DataFileUnreadable',
      field: 'data.sqlite',
      value: path,
      expected: 'a SQLite data base that exists',
      remedy: 'Check the path; relative ones are meant from the folder of the job or command.',
    });
  }
  const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec('pragma query_only = on');
    const statement = database.prepare(sql);
    if (!statement.reader) {
      throw invalidQuery(sql, 'one select, and nothing else', 'Write a single select.');
    }
    statement.safeIntegers(true).raw(true);
    const columns = statement.columns().map(({ name }) => name);
    let rows: string[][] = [];
    for (const cells of statement.iterate(interval ?? {}) as Iterable<unknown[]>) {
      rows.push(cells.map(toJson));
      if (rows.length < FETCHED_ROWS) continue;
      yield { columns, rows };
      rows = [];
    }
    yield { columns, rows };
  } catch (error) {
    if (!/^SQLITE_(ERROR|READONLY|NOTADB|MISUSE)/.test((error as { code?: string }).code ?? '')) {
      throw error;
    }
    throw invalidQuery(sql, 'a query that runs on a SQLite data base', (error as Error).message);
  } finally {
    database.close();
  }
}

/** Numbers of 64 bits are numbers; bytes are text as far as they are. */
function toJson(cell: unknown): string {
  if (typeof cell === 'bigint') return cell.toString();
  if (cell instanceof Uint8Array) return JSON.stringify(Buffer.from(cell).toString('utf8'));
  return JSON.stringify(cell);
}
