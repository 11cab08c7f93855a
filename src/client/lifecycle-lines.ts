import type { RunState } from '../schemas/run-state.ts';
import type { Output } from './output.ts';

/** Shows a lifecycle as it goes: a line for each step that has ended, and a live one for what goes on. */
export function lifecycleLines(output: Output): (state: RunState) => void {
  const told = new Set<string>();
  return ({ status, steps, training }) => {
    for (const step of steps) {
      const hasEnded = step.status === 'completed' || step.status === 'failed';
      if (!hasEnded || told.has(step.id)) continue;
      told.add(step.id);
      const seconds = ((step.finishedAtMs ?? 0) - (step.startedAtMs ?? 0)) / 1000;
      const mark = step.status === 'completed' ? '✔' : '✘';
      output.line(
        `  ${mark} ${step.id.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  ${step.note || step.title}`,
      );
    }
    if (status === 'paused') {
      output.live("  ‖ paused; 'sevenfold resume' lets it go on");
      return;
    }
    const current = steps.find(({ status }) => status === 'running');
    if (current === undefined) return;
    const [under] = Object.values(training);
    const progress =
      under === undefined
        ? ''
        : ` (${under.estimator}, epoch ${under.epoch} of ${under.maxEpochs}, ${Math.round(under.rowsPerSecond)} rows/s)`;
    output.live(`  ▶ ${current.id.padEnd(10)} ${current.note || current.title}${progress}`);
  };
}
