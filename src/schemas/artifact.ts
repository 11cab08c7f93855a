import { z } from 'zod';

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A blob in the artifact store: what crosses Temporal in place of data, weights and reports. */
export const ArtifactRef = z.strictObject({
  /** Where it lies, relative to the store's root: `objects/ab/ab12…`. */
  uri: z.string(),
  /** SHA-256 of its bytes. */
  sha256: Sha256,
  bytes: z.int().nonnegative(),
  mediaType: z.string(),
});
export type ArtifactRef = z.infer<typeof ArtifactRef>;
