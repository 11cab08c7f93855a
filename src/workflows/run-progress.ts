import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Pipeline, Step } from '../schemas/pipeline.ts';
import type { RunState } from '../schemas/run-state.ts';
import type { TrainingProgress } from '../schemas/training.ts';
import { isProgressMessage, runState, stepNote, trainingProgress } from './messages.ts';

type StepState = RunState['steps'][number];

const SYMBOL = {
  waiting: '·',
  running: '▶',
  completed: '✔',
  failed: '✘',
  skipped: '–',
} satisfies Record<StepState['status'], string>;

/** Where a run stands: kept for the query `runState`, and shown in the Web UI as current details. */
export class RunProgress {
  readonly #state: RunState;

  constructor(runId: string, plan: Pipeline) {
    this.#state = {
      runId,
      status: 'running',
      steps: plan.steps.map(({ id, summary }) => ({
        id,
        title: summary,
        status: 'waiting',
        note: '',
        startedAtMs: null,
        finishedAtMs: null,
      })),
      training: {},
    };
    setHandler(runState, () => this.#state);
    setHandler(trainingProgress, (message) => {
      // Anyone can signal a run, and an error in here would stop it.
      if (!isProgressMessage(message)) return;
      const { label, progress } = message;
      if (progress === null) delete this.#state.training[label];
      else this.#state.training[label] = progress;
      this.#show();
    });
    setHandler(stepNote, ({ step, text }) => {
      if (plan.steps.some(({ id }) => id === step)) this.note(step, text);
    });
    this.#show();
  }

  /** Whether a step, and with it what it could still be told, is over, or is none of this run's. */
  isOver(stepId: string): boolean {
    const status = this.#state.steps.find(({ id }) => id === stepId)?.status;
    return status !== 'waiting' && status !== 'running';
  }

  started(step: Step): void {
    Object.assign(this.#step(step.id), { status: 'running', startedAtMs: Date.now() });
    this.#show();
  }

  reused(stepId: string): void {
    const state = this.#step(stepId);
    state.status = 'skipped';
    state.note = 'reused from the run that this one repeats';
    this.#show();
  }

  ended(step: Step, status: StepState['status'], note?: string): void {
    const state = this.#step(step.id);
    state.status = status;
    state.finishedAtMs = Date.now();
    if (note !== undefined) state.note = note;
    this.#state.training = {};
    this.#show();
  }

  /** Says in one line what a step is doing, or what came of it. */
  note(stepId: string, text: string): void {
    this.#step(stepId).note = text;
    this.#show();
  }

  paused(isPaused: boolean): void {
    this.#state.status = isPaused ? 'paused' : 'running';
    // What was under way says so again when it goes on.
    this.#state.training = {};
    this.#show();
  }

  closed(status: RunState['status']): void {
    this.#state.status = status;
    this.#show();
  }

  #step(id: string): StepState {
    const step = this.#state.steps.find((candidate) => candidate.id === id);
    if (step === undefined) throw new Error(`no step '${id}' in this plan`);
    return step;
  }

  #show(): void {
    setCurrentDetails(renderProgress(this.#state));
  }
}

/** The run as a markdown table, with a line for each training under way. */
function renderProgress({ status, steps, training }: RunState): string {
  const rows = steps.map((step) => {
    const seconds =
      step.startedAtMs === null || step.finishedAtMs === null
        ? ''
        : `${((step.finishedAtMs - step.startedAtMs) / 1000).toFixed(1)} s`;
    return `| ${SYMBOL[step.status]} | **${step.id}** | ${escapeCell(step.note || step.title)} | ${seconds} |`;
  });
  const trainings = Object.values(training).map((progress) => `- ${renderTraining(progress)}`);
  const head = status === 'paused' ? ['**Paused**: no slot is taken until it is resumed.', ''] : [];
  return [...head, '| | step | | time |', '|---|---|---|---|', ...rows, '', ...trainings].join(
    '\n',
  );
}

function renderTraining(progress: TrainingProgress): string {
  const parts = [`${progress.estimator}: epoch ${progress.epoch} of ${progress.maxEpochs}`];
  if (progress.loss !== null) parts.push(`loss ${progress.loss.toPrecision(4)}`);
  if (progress.score !== null) parts.push(`${progress.metric} ${progress.score.toPrecision(4)}`);
  parts.push(`${Math.round(progress.rowsPerSecond)} rows/s`);
  if (progress.etaSeconds !== null) parts.push(`at most ${Math.ceil(progress.etaSeconds)} s to go`);
  return parts.join(', ');
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
