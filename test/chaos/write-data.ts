import { join } from 'node:path';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';

/** The table that the disturbed job learns from. */
export async function writeData(home: string, isShort: boolean) {
  const path = join(home, 'customers.csv');
  return {
    data: await writeCsv(path, customerHeader, customers(isShort ? 4_000 : 12_000)),
    target: 'left',
    name: 'chaos',
  };
}
