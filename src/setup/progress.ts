/** Receives one line per thing that set-up does. */
export type Progress = (message: string) => void;

/** Prints to stderr, so that stdout stays free for results. */
export const printProgress: Progress = (message) => {
  process.stderr.write(`setup: ${message}\n`);
};
