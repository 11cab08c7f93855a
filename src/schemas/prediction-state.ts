import { z } from 'zod';
import { Sha256 } from './artifact.ts';

/** How far an evaluation has come: by model, names of the blobs with its outputs, a shard each, in order. */
export const PredictionState = z.strictObject({
  schemaVersion: z.literal(1),
  outputs: z.record(z.string(), z.array(Sha256)),
});
export type PredictionState = z.infer<typeof PredictionState>;
