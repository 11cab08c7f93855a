import type { GraphState } from '../pipelines/graph-state.ts';
import type { Pipeline, Step } from '../schemas/pipeline.ts';
import type { OpenApproval, PipelineStepState, Usage } from '../schemas/pipeline-run.ts';

/** What is known of a step besides what decides: for people, and for the record. */
export interface StepNotes {
  readonly note?: string;
  readonly cache?: string;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
}

const SYMBOL = { waiting: '·', running: '▶', completed: '✔', failed: '✘', skipped: '–' } as const;

/** Each step as programs see it, in the order of the graph. */
export function stepStates(
  { steps, finally: last }: Pipeline,
  state: GraphState,
  notes: Readonly<Record<string, StepNotes>>,
): PipelineStepState[] {
  return [...steps, ...last].map((step) => {
    const { status, reason, tasks } = state.steps[step.id] as GraphState['steps'][string];
    const {
      note = '',
      cache = null,
      startedAtMs = null,
      finishedAtMs = null,
    } = notes[step.id] ?? {};
    // Of a loop only the latest iterations are kept.
    const past =
      step.repeat === undefined ? 0 : Math.max(0, Number(tasks.at(-1)?.id ?? 0) - tasks.length);
    const count = (...wanted: string[]) =>
      tasks
        .filter((task) => wanted.includes(task.status))
        .reduce((sum, task) => sum + (task.count ?? 1), 0);
    return {
      ...{ id: step.id, uses: kindShown(step), title: step.summary, status },
      note: reason ?? note,
      ...{ startedAtMs, finishedAtMs, cache },
      tasks: {
        total: past + tasks.reduce((sum, task) => sum + (task.count ?? 1), 0),
        running: count('running', 'lost'),
        completed: past + count('completed'),
        failed: count('failed'),
      },
    };
  });
}

/** A module by its step's name: where it lies is the workers' affair. */
const kindShown = ({ uses }: Step): string => uses.split('#').at(-1) ?? uses;

/** A run as a markdown table, with what it waits for. */
export function renderPipeline(
  states: readonly PipelineStepState[],
  {
    approvals,
    usage,
    isPaused,
  }: {
    readonly approvals: readonly OpenApproval[];
    readonly usage: Usage;
    readonly isPaused: boolean;
  },
): string {
  const rows = states.map((step) => {
    const { status, id, uses, startedAtMs, finishedAtMs } = step;
    const time =
      startedAtMs === null || finishedAtMs === null
        ? ''
        : `${((finishedAtMs - startedAtMs) / 1000).toFixed(1)} s`;
    return `| ${SYMBOL[status]} | **${id}** | ${uses} | ${cell(describe(step))} | ${time} |`;
  });
  const questions = approvals.map(
    ({ step, question }) => `- **${step}** waits for an approval: ${cell(question)}`,
  );
  return [
    ...(isPaused ? ['**Paused**: no slot is taken until it is resumed.', ''] : []),
    '| | step | kind | | time |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    ...questions,
    ...(usage.seconds > 0 ? [`Work so far: ${describeUsage(usage)}.`] : []),
  ].join('\n');
}

function describe({ tasks, note, title, cache, status }: PipelineStepState): string {
  const many = tasks.total > 1 ? `${tasks.completed} of ${tasks.total}` : '';
  const failed = tasks.failed > 0 && tasks.total > 1 ? `${tasks.failed} failed` : '';
  const isCached = status === 'completed' && cache?.startsWith('hit') === true;
  return [many, failed, note === '' ? title : note, isCached ? 'from the cache' : '']
    .filter((text) => text !== '')
    .join('; ');
}

function describeUsage({ seconds, gpuSeconds, money, trials }: Usage): string {
  const parts = [`${seconds.toFixed(1)} s`];
  if (gpuSeconds > 0) parts.push(`${gpuSeconds.toFixed(1)} GPU-seconds`);
  if (money > 0) parts.push(`a cost of ${money.toFixed(4)}`);
  if (trials > 0) parts.push(`${trials} trials`);
  return parts.join(', ');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
