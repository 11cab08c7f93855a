import { parentPort } from 'node:worker_threads';
import type { ThreadReply } from './row-threads.ts';
import { type ThreadTask, type ThreadTasks, ThreadWork } from './thread-work.ts';

const work = new ThreadWork();
const reply = (message: ThreadReply) => parentPort?.postMessage(message);

parentPort?.on(
  'message',
  ({ kind, request }: { kind: ThreadTask; request: ThreadTasks[ThreadTask]['request'] }) => {
    try {
      reply({ kind: 'done', reply: work.do(kind, request) });
    } catch (error) {
      reply({ kind: 'failed', error });
    }
  },
);
reply({ kind: 'ready' });
