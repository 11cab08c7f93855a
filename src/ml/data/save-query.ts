import type { DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api';
import { InputError } from '../../errors.ts';
import { firstLine, loadDuckDb, withDuckDb } from './duckdb.ts';

/**
 * Writes what one select gives to a Parquet file. `$start` and `$end` stand for the interval. The
 * same rows in the same order give the same bytes.
 */
export async function saveQuery(
  sql: string,
  interval: { readonly start: string; readonly end: string },
  path: string,
): Promise<void> {
  await withDuckDb(async (connection) => {
    const parameters = await parametersOf(connection, sql);
    // Timestamps without a zone, in UTC: what files hold.
    const values = { start: await naive(interval.start), end: await naive(interval.end) };
    const unknown = parameters.find((name) => !Object.hasOwn(values, name));
    if (unknown !== undefined) {
      throw refused(sql, 'no parameters but $start and $end', `Remove '$${unknown}'.`);
    }
    const select = sql.trim().replace(/;$/, '');
    const file = path.replaceAll("'", "''");
    try {
      const copy = await connection.prepare(`copy (${select}\n) to '${file}' (format parquet)`);
      copy.bind(Object.fromEntries(parameters.map((name) => [name, values[name as 'start']])));
      await copy.run();
    } catch (error) {
      throw refused(sql, 'a query that runs', firstLine(error), error);
    }
  });
}

/** Names of the parameters of what must be one select: nothing else may write, attach or set. */
async function parametersOf(connection: DuckDBConnection, sql: string): Promise<string[]> {
  const { StatementType } = await loadDuckDb();
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count === 1) {
      const statement = await statements.prepare(0);
      if (statement.statementType === StatementType.SELECT) {
        return Array.from({ length: statement.parameterCount }, (_, i) =>
          statement.parameterName(i + 1),
        );
      }
    }
  } catch (error) {
    throw refused(sql, "a query in DuckDB's SQL", firstLine(error), error);
  }
  throw refused(sql, 'one select, and nothing else', 'Write a single select.');
}

async function naive(moment: string): Promise<DuckDBTimestampValue> {
  const { DuckDBTimestampValue: Timestamp } = await loadDuckDb();
  return new Timestamp(BigInt(Date.parse(moment)) * 1_000n);
}

const refused = (sql: string, expected: string, remedy: string, cause?: unknown): InputError =>
  new InputError(
    { code: 'InvalidQuery', field: 'data.sql', value: sql, expected, remedy },
    { cause },
  );
