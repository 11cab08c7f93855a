import type { LifecycleResult } from '../schemas/run.ts';
import type { RunState } from '../schemas/run-state.ts';
import type { LifecycleClient } from './lifecycle-client.ts';
import type { Output } from './output.ts';
import type { RunHandle } from './run-client.ts';

/** The user pressed Ctrl-C: the run goes on. */
export class Detached extends Error {
  override readonly name = 'Detached';
}

/** Shows a run's steps as they go, until its result; Ctrl-C leaves it running and throws Detached. */
export async function followRun(
  client: LifecycleClient,
  handle: RunHandle,
  output: Output,
): Promise<LifecycleResult> {
  const closed = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    const detach = () => reject(new Detached());
    process.once('SIGINT', detach);
    closed.signal.addEventListener('abort', () => process.off('SIGINT', detach));
  });
  const shown = new StepLines(output);
  const watching = (async () => {
    for await (const state of client.progress(handle, { signal: closed.signal })) shown.show(state);
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

/** A line for each step that has ended, and a live one for what goes on. */
class StepLines {
  readonly #output: Output;
  readonly #told = new Set<string>();

  constructor(output: Output) {
    this.#output = output;
  }

  show({ status, steps, training }: RunState): void {
    for (const step of steps) {
      const hasEnded = step.status === 'completed' || step.status === 'failed';
      if (!hasEnded || this.#told.has(step.id)) continue;
      this.#told.add(step.id);
      const seconds = ((step.finishedAtMs ?? 0) - (step.startedAtMs ?? 0)) / 1000;
      const mark = step.status === 'completed' ? '✔' : '✘';
      this.#output.line(
        `  ${mark} ${step.id.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  ${step.note || step.title}`,
      );
    }
    if (status === 'paused') {
      this.#output.live("  ‖ paused; 'sevenfold resume' lets it go on");
      return;
    }
    const current = steps.find(({ status }) => status === 'running');
    if (current === undefined) return;
    const [under] = Object.values(training);
    const progress =
      under === undefined
        ? ''
        : ` (${under.estimator}, epoch ${under.epoch} of ${under.maxEpochs}, ${Math.round(under.rowsPerSecond)} rows/s)`;
    this.#output.live(`  ▶ ${current.id.padEnd(10)} ${current.note || current.title}${progress}`);
  }
}
