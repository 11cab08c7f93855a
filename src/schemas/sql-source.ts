import { z } from 'zod';

/** Where a secret is: a variable of the worker, or a file on its machine. */
export const SecretReference = z.string().regex(/^(env|file):.+/);

/** Which data base a query is for: exactly one of these. */
export const DATABASES = {
  postgres: SecretReference.optional().describe(
    "Postgres, by its connection string's place: env:NAME of the worker, or file:/path on its machine.",
  ),
  sqlite: z.string().min(1).optional().describe('Path of a SQLite data base.'),
};

/** The rows that a query gives. */
export const SqlSource = z
  .strictObject({
    sql: z.string().min(1).describe('One select, with an order.'),
    ...DATABASES,
  })
  .refine(({ postgres, sqlite }) => (postgres === undefined) !== (sqlite === undefined), {
    error: 'either postgres or sqlite',
  })
  .meta({ oneOf: [{ required: ['postgres'] }, { required: ['sqlite'] }] });
export type SqlSource = z.infer<typeof SqlSource>;

/** A data base for people: without what lets one in. */
export const describeDatabase = ({ postgres, sqlite }: Omit<SqlSource, 'sql'>): string =>
  sqlite === undefined ? `Postgres (${postgres})` : `SQLite (${sqlite})`;
