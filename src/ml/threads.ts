/**
 * Multiplications of a step's forward pass from which on TensorFlow's threads are worth waking: some
 * milliseconds of work. A count, and not a measured time, decides: so that a repetition decides the
 * same.
 */
const WORTH_THREADS = 2 ** 26;

/** How many threads one operation may be done by. @param cores of the machine */
export const threadsFor = (multiplications: number, cores: number): number =>
  multiplications < WORTH_THREADS ? 1 : cores;
