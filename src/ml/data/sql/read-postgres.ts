import { Client } from 'pg';
import Cursor from 'pg-cursor';
import { InputError } from '../../../errors.ts';
import { FETCHED_ROWS, invalidQuery, JSON_NUMBER, type QueriedRows, type Query } from './query.ts';

const CONNECT_TIMEOUT_MS = 15_000;
/** Types whose text is a number: int8, int2, int4, float4, float8, numeric. */
const NUMBERS = new Set([20, 21, 23, 700, 701, 1700]);
const BOOLEAN = 16;

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}
type Row = readonly (string | null)[];

/**
 * The rows of a select, in a transaction that can't write and sees one state of the data base. Times
 * are in UTC, whatever the server's zone.
 * @param url a connection string, of which no fault tells
 * @param place where it was found, which faults name
 */
export async function* readPostgres(
  url: string,
  place: string,
  query: Query,
): AsyncGenerator<QueriedRows> {
  const client = openClient(url, place);
  // A connection that breaks while nobody asks anything of it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin transaction isolation level repeatable read read only');
    await client.query("set local timezone to 'UTC'; set local datestyle to 'ISO, YMD'");
    const cursor = client.query(
      new Cursor<Row>(...parametersOf(query), { rowMode: 'array', types: AS_TEXT }),
    );
    for (;;) {
      const { rows, fields } = await read(cursor);
      if (fields.length === 0) {
        throw invalidQuery(query.sql, 'one select, and nothing else', 'Write a single select.');
      }
      yield {
        columns: fields.map(({ name }) => name),
        rows: rows.map((cells) => cells.map((cell, i) => toJson(cell, fields[i] as Field))),
      };
      if (rows.length < FETCHED_ROWS) return;
    }
  } catch (error) {
    throw explain(error, place, query.sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Cells as the server prints them. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

function openClient(url: string, place: string): Client {
  try {
    return new Client({
      connectionString: url,
      application_name: 'sevenfold',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
  } catch {
    // The fault of a URL that can't be parsed tells of the URL.
    throw refused(place, 'a connection string such as postgres://user:password@host:5432/name');
  }
}

/** `$start` and `$end` by number, as the protocol has them. */
function parametersOf({ sql, interval }: Query): [sql: string, values: string[]] {
  const values: string[] = [];
  const numbered = sql.replaceAll(/\$(start|end)\b/g, (whole, edge: 'start' | 'end') => {
    const value = interval?.[edge];
    if (value === undefined) return whole;
    if (!values.includes(value)) values.push(value);
    return `$${values.indexOf(value) + 1}::timestamptz`;
  });
  return [numbered, values];
}

const read = (cursor: Cursor<Row>): Promise<{ rows: Row[]; fields: readonly Field[] }> =>
  new Promise((resolve, reject) => {
    cursor.read(FETCHED_ROWS, (error: Error | undefined, rows, result) => {
      if (error) reject(error);
      else resolve({ rows, fields: result.fields });
    });
  });

function toJson(cell: string | null, { dataTypeID }: Field): string {
  if (cell === null) return 'null';
  if (dataTypeID === BOOLEAN) return cell === 't' ? 'true' : 'false';
  return NUMBERS.has(dataTypeID) && JSON_NUMBER.test(cell) ? cell : JSON.stringify(cell);
}

/** What the user can mend is told once; what may pass is a fault that is tried again. */
function explain(error: unknown, place: string, sql: string): unknown {
  if (error instanceof InputError) return error;
  const { code = '', message } = error as { code?: string; message: string };
  if (/^(28|3D)/.test(code)) {
    return refused(place, `a data base that lets the worker in; the server said ${code}`);
  }
  // Classes of SQLSTATE: syntax and names, data, transactions (a write), features.
  if (/^(42|22|25|0A)[0-9A-Z]{3}$/.test(code))
    return invalidQuery(sql, 'a query that runs', message);
  return new Error(
    `The data base of ${place} does not answer: ${code === '' ? 'no connection' : code}.`,
  );
}

const refused = (place: string, expected: string): InputError =>
  new InputError({
    code: 'DatabaseRefused',
    field: 'data.postgres',
    value: place,
    expected,
    remedy: `Mend the connection string in ${place}, or what the data base allows.`,
  });
