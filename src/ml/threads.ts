import { numericSetting, type TensorFlow } from './backend.ts';
import { isOnGpu } from './graph/native-backend.ts';

/**
 * Multiplications of a step's forward pass from which on TensorFlow's threads are worth waking: some
 * milliseconds of work. A count, and not a measured time, decides: so that a repetition decides the
 * same.
 */
const WORTH_THREADS = 2 ** 26;

/** How many threads one operation may be done by. @param cores of the machine */
export const threadsFor = (multiplications: number, cores: number): number =>
  multiplications < WORTH_THREADS ? 1 : cores;

/**
 * How many parts of a step's rows are done side by side: one by each thread that TensorFlow does ops by.
 * A GPU does all rows at once.
 */
export const partsOf = (tf: TensorFlow): number =>
  isOnGpu(tf) ? 1 : Number(numericSetting('TF_NUM_INTEROP_THREADS'));
