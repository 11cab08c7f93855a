import { Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 500;

/** In plain JavaScript, because it runs in a thread that loads nothing. */
const WATCH = `
  const { workerData } = require('node:worker_threads');
  setInterval(() => {
    if (process.ppid !== workerData.parent) process.kill(process.pid, 'SIGKILL');
  }, workerData.everyMs);
`;

/**
 * A compute process must not outlive its worker. A worker that was killed can say nothing: its
 * closed channel does, and where arithmetic blocks this process, a thread of its own sees that the
 * parent is another one. There is nobody left to compute for.
 */
export function endWithWorker(): void {
  process.on('disconnect', () => process.exit(0));
  const watch = new Worker(WATCH, {
    eval: true,
    execArgv: [],
    workerData: { parent: process.ppid, everyMs: LOOK_EVERY_MS },
  });
  watch.unref();
}
