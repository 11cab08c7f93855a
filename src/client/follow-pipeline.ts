import type { PipelineResult, PipelineState } from '../schemas/pipeline-run.ts';
import { Detached } from './follow-run.ts';
import type { Output } from './output.ts';
import type { PipelineClient } from './pipeline-client.ts';
import type { RunHandle } from './run-client.ts';

/** Shows a graph's steps as they go, until its result; Ctrl-C leaves it running and throws Detached. */
export async function followPipeline(
  client: PipelineClient,
  handle: RunHandle,
  output: Output,
): Promise<PipelineResult> {
  const closed = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    const detach = () => reject(new Detached());
    process.once('SIGINT', detach);
    closed.signal.addEventListener('abort', () => process.off('SIGINT', detach));
  });
  const told = new Set<string>();
  const watching = (async () => {
    for await (const state of client.progress(handle, { signal: closed.signal })) {
      show(state, handle.workflowId, told, output);
    }
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

/** A line for each step that has ended and each question, and a live one for what goes on. */
function show(
  { steps, approvals }: PipelineState,
  workflowId: string,
  told: Set<string>,
  output: Output,
): void {
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
    output.line(`  ? ${step.padEnd(14)} ${question}`);
    output.line(`    sevenfold approve ${workflowId} ${step} --why '…'   (or --reject)`);
  }
  const current = steps.find(({ status }) => status === 'running');
  if (current === undefined) return;
  const { id, note, title, tasks } = current;
  const many = tasks.total > 1 ? `${tasks.completed} of ${tasks.total} ` : '';
  output.live(`  ▶ ${id.padEnd(14)} ${many}${note || title}`);
}
