import type { PipelineState } from '../schemas/pipeline-run.ts';
import type { Output } from './output.ts';

/** Shows a graph as it goes: a line for each step that has ended and each question, and a live one for what goes on. */
export function graphLines(output: Output, workflowId: string): (state: PipelineState) => void {
  const told = new Set<string>();
  return ({ status, steps, approvals }) => {
    for (const { id, status, note, title, cache, startedAtMs, finishedAtMs, tasks } of steps) {
      if (status === 'waiting' || status === 'running' || told.has(id)) continue;
      told.add(id);
      const mark = { completed: '✔', failed: '✘', skipped: '–' }[status];
      const seconds = ((finishedAtMs ?? 0) - (startedAtMs ?? 0)) / 1000;
      const many = tasks.total > 1 ? `${tasks.completed} of ${tasks.total}` : '';
      const said = [many, note || title, cache ?? ''].filter((text) => text !== '').join('; ');
      output.line(`  ${mark} ${id.padEnd(14)} ${seconds.toFixed(1).padStart(6)} s  ${said}`);
    }
    for (const { step, question } of approvals) {
      if (told.has(`${step}?`)) continue;
      told.add(`${step}?`);
      output.line(questionLines(workflowId, step, question));
    }
    if (status === 'paused') {
      output.live("  ‖ paused; 'sevenfold resume' lets it go on");
      return;
    }
    const current = steps.find(({ status }) => status === 'running');
    if (current === undefined) return;
    const { id, note, title, tasks } = current;
    const many = tasks.total > 1 ? `${tasks.completed} of ${tasks.total} ` : '';
    output.live(`  ▶ ${id.padEnd(14)} ${many}${note || title}`);
  };
}

/** A question that a run waits with, and how it is answered. */
export const questionLines = (workflowId: string, step: string, question: string): string =>
  `  ? ${step.padEnd(14)} ${question}\n    sevenfold approve ${workflowId} ${step} --why '…'   (or --reject)`;
