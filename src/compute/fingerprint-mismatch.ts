import type { NumericFingerprint } from '../schemas/training.ts';

/** A checkpoint was made by other arithmetic than this machine's. Another worker may fit. */
export class FingerprintMismatch extends Error {
  override readonly name = 'FingerprintMismatch';

  constructor(found: NumericFingerprint, own: NumericFingerprint) {
    const differences = (Object.keys(own) as (keyof NumericFingerprint)[])
      .filter((key) => found[key] !== own[key])
      .map((key) => `${key} was ${found[key]}, is ${own[key]}`);
    super(
      `The checkpoint was made by other arithmetic (${differences.join('; ')}), so that going on ` +
        'would give other bits. Start a worker like the one before, or rerun the job with ' +
        "checkpoints.otherFingerprint set to 'restart' or 'resume'.",
    );
  }
}
