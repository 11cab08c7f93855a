import { InputError } from '../../../errors.ts';

/** A select, and what stands for `$start` and `$end` in it. */
export interface Query {
  readonly sql: string;
  readonly interval?: { readonly start: string; readonly end: string };
}

/** Some rows, each cell as JSON. */
export interface QueriedRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Rows that are asked for at once. */
export const FETCHED_ROWS = 1_000;

export const invalidQuery = (sql: string, expected: string, remedy: string): InputError =>
  new InputError({ code: 'InvalidQuery', field: 'data.sql', value: sql, expected, remedy });

/** Numbers as data bases print them that are numbers in JSON too. */
export const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
