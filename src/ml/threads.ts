import type { NumericFingerprint } from '../schemas/training.ts';
import { numericSetting, type TensorFlow } from './backend.ts';
import { isOnGpu } from './graph/native-backend.ts';

/** TensorFlow's: within an op, and between ops. */
export type Threads = Pick<NumericFingerprint, 'intraOpThreads' | 'interOpThreads'>;

/**
 * Multiplications of a step's forward pass that a thread of its own is worth: some milliseconds of work. A
 * count, and not a measured time, decides: so that a repetition decides the same.
 */
const WORTH_A_THREAD = 2 ** 25;

/**
 * Threads for a training, each of which does a part of a step's rows: that takes less than sharing
 * every op. @param cores of the machine
 */
export const threadsFor = (multiplications: number, cores: number): Threads => ({
  intraOpThreads: 1,
  interOpThreads: Math.max(1, Math.min(cores, Math.floor(multiplications / WORTH_A_THREAD))),
});

/** How many parts of a step's rows this process does side by side. A GPU does all rows at once. */
export const partsOf = (tf: TensorFlow): number =>
  isOnGpu(tf) ? 1 : Number(numericSetting('TF_NUM_INTEROP_THREADS'));

/** What tells TensorFlow so when it is loaded; nothing where that is what it is told anyway. */
export const threadSettings = ({ intraOpThreads, interOpThreads }: Threads): NodeJS.ProcessEnv => ({
  ...(intraOpThreads > 1 && { TF_NUM_INTRAOP_THREADS: String(intraOpThreads) }),
  ...(interOpThreads > 1 && { TF_NUM_INTEROP_THREADS: String(interOpThreads) }),
});
