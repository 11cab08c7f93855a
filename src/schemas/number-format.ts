import { z } from 'zod';

/** How people wrote the numbers of a column, where that is not how programs do. */
export const NumberFormat = z.strictObject({
  decimal: z.enum(['.', ',']),
  /** What may stand before or after a number: `€`, `kg`, `%`; empty where nothing may. */
  unit: z.string(),
});
export type NumberFormat = z.infer<typeof NumberFormat>;
