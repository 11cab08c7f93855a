import { writeFile } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Table } from '../../src/ml/data/table.ts';
import { RandomStream } from '../../src/ml/random.ts';

/** Writes rows as CSV; cells are written as they are. */
export async function writeCsv(
  path: string,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): Promise<string> {
  await writeFile(path, `${[header, ...rows].map((row) => row.join(',')).join('\n')}\n`);
  return path;
}

/** Writes what an SQL query gives as Parquet; `options` are those of DuckDB's COPY. */
export async function writeParquet(
  path: string,
  select: string,
  options = 'format parquet',
): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`copy (${select}) to '${path.replaceAll("'", "''")}' (${options})`);
  connection.closeSync();
  instance.closeSync();
  return path;
}

/** All rows of a table. */
export async function readAll(table: Table): Promise<(readonly unknown[])[]> {
  const rows: (readonly unknown[])[] = [];
  for await (const batch of table.batches()) rows.push(...batch.rows);
  return rows;
}

/** Customers who leave when they pay much and are far away; a nonlinear rule with noise. */
export function customers(rows: number, seed = 1): (string | number)[][] {
  const random = new RandomStream(seed, 'test-customers');
  return Array.from({ length: rows }, () => {
    const age = 18 + random.below(60);
    const price = Math.round(1000 * random.uniform()) / 10;
    const city = ['Oslo', 'Rome', 'Lima'][random.below(3)] as string;
    const distance = city === 'Lima' ? 30 : city === 'Rome' ? 12 : 4;
    const risk = 0.06 * (price - 50) + 0.08 * (distance - 12) - 0.03 * (age - 48) + random.normal();
    return [age, price, city, risk > 0 ? 'yes' : 'no'];
  });
}

export const customerHeader = ['age', 'price', 'city', 'left'] as const;
