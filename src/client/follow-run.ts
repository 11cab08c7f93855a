import type { Output } from './output.ts';
import type { RunClient, RunHandle } from './run-client.ts';

/** The user pressed Ctrl-C: the run goes on. */
export class Detached extends Error {
  override readonly name = 'Detached';
}

/**
 * Shows a run as it goes, until its result; Ctrl-C leaves it running and throws Detached.
 * @param show told of each state that is not the one before
 */
export async function followRun<State, Result>(
  client: RunClient<State, Result>,
  handle: RunHandle,
  output: Output,
  show: (state: State) => void,
): Promise<Result> {
  const closed = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    const detach = () => reject(new Detached());
    process.once('SIGINT', detach);
    closed.signal.addEventListener('abort', () => process.off('SIGINT', detach));
  });
  const watching = (async () => {
    for await (const state of client.progress(handle, { signal: closed.signal })) show(state);
  })();
  try {
    const result = await Promise.race([client.result(handle), interrupted]);
    await watching;
    return result;
  } finally {
    closed.abort();
    await watching;
    output.live('');
  }
}
