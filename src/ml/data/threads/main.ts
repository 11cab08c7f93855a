import { parentPort } from 'node:worker_threads';
import type { ThreadReply } from './row-threads.ts';
import { type ThreadTask, type ThreadTasks, ThreadWork } from './thread-work.ts';

const work = new ThreadWork();
const reply = (message: ThreadReply) => parentPort?.postMessage(message);

async function answer(kind: ThreadTask, request: ThreadTasks[ThreadTask]['request']) {
  try {
    reply({ kind: 'done', reply: await work.do(kind, request) });
  } catch (error) {
    reply({ kind: 'failed', error });
  }
}

/** Replies come in the order of the requests. */
let last = Promise.resolve();
parentPort?.on(
  'message',
  ({ kind, request }: { kind: ThreadTask; request: ThreadTasks[ThreadTask]['request'] }) => {
    last = last.then(() => answer(kind, request));
  },
);
reply({ kind: 'ready' });
