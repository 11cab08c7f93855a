import type { Step } from '../schemas/pipeline.ts';

/** How long a step waits after so many failures of its own before it is tried again. */
export const retryPauseMs = (
  { initialSeconds, factor, mostSeconds }: Step['retry'],
  failures: number,
): number => Math.min(mostSeconds, initialSeconds * factor ** (failures - 1)) * 1000;
