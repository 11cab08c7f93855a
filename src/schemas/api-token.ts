import { z } from 'zod';
import { Sha256 } from './artifact.ts';

/**
 * What a token's holder may do: look at runs; start and steer them; start graphs that the request
 * writes out, which say what programs the workers run.
 */
export const TokenScope = z.enum(['runs:read', 'runs:write', 'graphs:write']);
export type TokenScope = z.infer<typeof TokenScope>;

/** An API token as it is kept: its secret part only as a hash. */
export const ApiToken = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  /** Who or what holds it. */
  name: z.string().min(1).max(100),
  secretHash: Sha256,
  scopes: z.array(TokenScope).min(1),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
export type ApiToken = z.infer<typeof ApiToken>;
