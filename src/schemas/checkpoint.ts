import { z } from 'zod';
import { Sha256 } from './artifact.ts';
import { NumericFingerprint } from './training.ts';

/** Whose a log is: the attempt that claimed it last. */
export const Claim = z.strictObject({
  kind: z.literal('claim'),
  host: z.string(),
  pid: z.int(),
  at: z.iso.datetime(),
  fingerprint: NumericFingerprint,
});

/** The state of work under way; its bytes lie beside the log. */
export const Checkpoint = z.strictObject({
  kind: z.literal('checkpoint'),
  /** Index of the claim under which it was published: the fencing token. */
  token: z.int().positive(),
  at: z.iso.datetime(),
  blob: Sha256,
  bytes: z.int().nonnegative(),
  /** Further blobs, without which the state is nothing; later checkpoints may share them. */
  attached: z.array(Sha256).optional(),
  fingerprint: NumericFingerprint,
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** What the work came to. Whoever claims the log after this has nothing left to do. */
export const Completion = z.strictObject({
  kind: z.literal('completion'),
  token: z.int().positive(),
  at: z.iso.datetime(),
  outcome: z.unknown(),
});

/** One entry of the log of a piece of work. */
export const LogEntry = z.discriminatedUnion('kind', [Claim, Checkpoint, Completion]);
export type LogEntry = z.infer<typeof LogEntry>;

/** An entry as it is stored: a torn or altered one is told by its checksum. */
export const SealedEntry = z.strictObject({
  schemaVersion: z.literal(1),
  /** SHA-256 of the entry's canonical JSON. */
  checksum: Sha256,
  entry: LogEntry,
});
