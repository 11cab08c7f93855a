import {
  CancellationScope,
  condition,
  isCancellation,
  proxyLocalActivities,
  rootCause,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import { GraphRun } from '../pipelines/graph-run.ts';
import type { GraphEnd, Task, TaskOutcome, Values } from '../pipelines/graph-state.ts';
import type { PipelineState, PipelineStepState, Usage } from '../schemas/pipeline-run.ts';
import { localBookkeeping } from './activity-profiles.ts';
import { Approvals } from './approvals.ts';
import { CallOuts, GivenUp } from './call-outs.ts';
import {
  pauseSignal,
  pauseUpdate,
  pipelineState,
  resumeSignal,
  resumeUpdate,
  stepNote,
} from './messages.ts';
import { PausableWork } from './pausable-work.ts';
import type { PipelinePart } from './pipeline-part.ts';
import { renderPipeline, type StepNotes, stepStates } from './pipeline-view.ts';
import { refusal } from './refusal.ts';
import { RunCosts } from './run-costs.ts';
import { runGraph } from './run-graph.ts';
import { type ControlSignal, type Done, TaskWork } from './task-work.ts';

const { storeLists } = proxyLocalActivities<BookkeepingActivities>(localBookkeeping);

/** A history ends at 51,200 events; before that a run goes on under a new one. */
const EVENTS_PER_HISTORY = 10_000;

/** Carries out one graph, and obeys what it is told meanwhile. */
export class PipelineRun {
  readonly #part: PipelinePart;
  readonly #graph: GraphRun;
  readonly #pausable = new PausableWork();
  readonly #work: TaskWork;
  readonly #costs: RunCosts;
  readonly #approvals: Approvals;
  readonly #callOuts: CallOuts;
  readonly #notes: Record<string, StepNotes>;
  readonly #scopes = new Map<Task, CancellationScope>();
  readonly #errors = new Map<string, unknown>();
  readonly #startedAtMs: number;
  #status: PipelineState['status'] = 'running';
  #changes = 0;
  #pausedAtMs: number | null = null;
  #othersUnderWay = 0;

  constructor(part: PipelinePart) {
    const { pipeline, inputs, carried } = part;
    this.#part = part;
    this.#startedAtMs = carried?.startedAtMs ?? Date.now();
    this.#graph = new GraphRun(pipeline, inputs, carried?.state);
    this.#graph.restart();
    this.#notes = { ...carried?.notes };
    this.#costs = new RunCosts(
      ...([pipeline.budget, this.#startedAtMs, carried?.spent, carried?.pausedMs] as const),
    );
    this.#approvals = new Approvals(carried?.askedAtMs ?? {}, () => this.#show());
    const listener = {
      note: (step: string, note: string) => this.#noteStep(step, { note }),
      spent: (usage: Usage) => this.#costs.add(usage),
    };
    this.#work = new TaskWork(part, this.#pausable, listener);
    this.#callOuts = new CallOuts(part, this.#pausable, listener);
    this.#handleMessages();
  }

  get errors(): ReadonlyMap<string, unknown> {
    return this.#errors;
  }

  get state(): PipelineState {
    const { run, pipeline, hash } = this.#part;
    return {
      ...{ runId: run.runId, pipeline: pipeline.name, hash, status: this.#status },
      ...{ steps: this.#steps(), approvals: this.#approvals.open, usage: this.usage },
    };
  }

  get usage(): Usage {
    return { ...this.#costs.spent, trials: this.#graph.state.trials };
  }

  /** What was given to and came of each step, for the record. */
  record(): { id: string; inputs: Values; outputs: Values; reason: string | null }[] {
    return Object.entries(this.#graph.state.steps).map(([id, { outputs, reason }]) => ({
      ...{ id, reason, outputs: outputs ?? {}, inputs: this.#graph.inputsOf(id) },
    }));
  }

  /** What the next history of this run begins with. */
  continued(): PipelinePart {
    const carried = {
      state: this.#graph.state,
      notes: this.#notes,
      askedAtMs: this.#approvals.askedAtMs,
      calls: this.#callOuts.states,
      spent: this.#costs.spent,
      pausedMs: this.#costs.pausedMs,
      startedAtMs: this.#startedAtMs,
    };
    return { ...this.#part, carried };
  }

  /** To the end of the graph; null where it has to go on under a new history. */
  async run(): Promise<GraphEnd | null> {
    const cancelled = CancellationScope.current().cancelRequested;
    // Whoever cancels a run wants its work stopped; its last steps are done all the same.
    return CancellationScope.nonCancellable(async () => {
      cancelled.catch(() => this.#stop('cancelled', 'the run was cancelled'));
      const watch = new CancellationScope();
      const watching = watch.run(() => this.#watchBudget()).catch(() => undefined);
      try {
        this.#show();
        const end = await runGraph(
          this.#graph,
          (task) => this.#carryOut(task),
          () => this.#mayGoOn(),
        );
        if (end !== null) this.#status = end.status;
        return end === null || !this.#part.storesLists ? end : await this.#storeLists(end);
      } finally {
        watch.cancel();
        await watching;
        this.#show();
      }
    });
  }

  #mayGoOn(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    const most = this.#part.eventsPerHistory ?? EVENTS_PER_HISTORY;
    // The next history would not know of a pause.
    return this.#pausable.paused || (historyLength < most && !continueAsNewSuggested);
  }

  async #carryOut(task: Task): Promise<TaskOutcome | null> {
    const { step, key } = task;
    const { id } = step;
    const scope = new CancellationScope();
    this.#scopes.set(task, scope);
    this.#noteStep(id, { startedAtMs: this.#notes[id]?.startedAtMs ?? Date.now() });
    const waits = doesWait(task);
    // What others do holds nothing here that would cost.
    if (!isElsewhere(task)) this.#costs.begun(key, step, Date.now());
    if (!waits) this.#othersUnderWay += 1;
    this.#changes += 1;
    let seconds: number | undefined;
    let news: StepNotes = {};
    try {
      const isOver = () => !this.#mayGoOn() && this.#othersUnderWay === 0;
      if (step.uses === 'approval') {
        return await scope.run(() => this.#approvals.ask(step, task.inputs, isOver));
      }
      const done = await scope.run(() => this.#done(task, isOver));
      seconds = done.seconds;
      // What it was doing says nothing of what it has come to.
      news = {
        note: '',
        ...(done.cache !== null && { cache: mergeCache(this.#notes[id], done.cache) }),
      };
      return { status: 'completed', outputs: done.outputs };
    } catch (error) {
      if (error instanceof GivenUp) return null;
      if (scope.consideredCancelled || isCancellation(error)) return { status: 'cancelled' };
      if (!this.#errors.has(id)) this.#errors.set(id, error);
      return { status: 'failed', failure: rootCause(error) ?? String(error) };
    } finally {
      this.#scopes.delete(task);
      if (!waits) this.#othersUnderWay -= 1;
      this.#costs.ended(key, Date.now(), seconds);
      this.#noteStep(id, { ...news, finishedAtMs: Date.now() });
      this.#changes += 1;
    }
  }

  #done(task: Task, isOver: () => boolean): Promise<Done> {
    const { step, inputs } = task;
    if (step.uses !== 'http' || !isElsewhere(task)) return this.#work.carryOut(task);
    return this.#work.cached(step, inputs, () => this.#callOuts.carryOut(task, isOver));
  }

  async #storeLists(end: GraphEnd): Promise<GraphEnd> {
    return { ...end, outputs: await storeLists({ outputs: end.outputs }) };
  }

  #stop(kind: 'budget' | 'cancelled', reason: string): void {
    this.#graph.stop(kind, reason);
    const main = new Set(this.#part.pipeline.steps.map(({ id }) => id));
    for (const [{ step }, scope] of this.#scopes) if (main.has(step.id)) scope.cancel();
  }

  async #watchBudget(): Promise<void> {
    while (this.#costs.areLimited) {
      const seen = this.#changes;
      const limit = this.#pausable.paused ? null : this.#costs.nextLimit(Date.now());
      const hasChanged = () => this.#changes !== seen;
      if (limit === null) await condition(hasChanged);
      else if (limit.inMs <= 0 || !(await condition(hasChanged, Math.ceil(limit.inMs)))) {
        this.#stop('budget', `the budget of ${limit.what} is spent`);
        return;
      }
    }
  }

  #handleMessages(): void {
    const refuseWhile = (isSo: boolean) => {
      if (isSo) throw refusal(pauseProblem(this.#pausable.paused));
    };
    setHandler(pipelineState, () => this.state);
    setHandler(pauseUpdate, () => this.#pause(), {
      description: 'Stop at checkpoints and free the slots, until resumed',
      validator: () => refuseWhile(this.#pausable.paused),
    });
    setHandler(resumeUpdate, () => this.#resume(), {
      description: 'Go on after a pause',
      validator: () => refuseWhile(!this.#pausable.paused),
    });
    setHandler(pauseSignal, () => this.#pause());
    setHandler(resumeSignal, () => this.#resume());
    setHandler(stepNote, ({ step, text }) => {
      const id = /^[^[#]+/.exec(step.slice(this.#part.prefix.length))?.[0] ?? '';
      if (id in this.#graph.state.steps) this.#noteStep(id, { note: text });
    });
  }

  #pause(): void {
    if (this.#pausable.paused) return;
    this.#pausable.pause();
    this.#pausedAtMs = Date.now();
    this.#told('paused', pauseSignal);
  }

  #resume(): void {
    if (!this.#pausable.paused) return;
    this.#pausable.resume();
    this.#costs.paused(Date.now() - (this.#pausedAtMs ?? Date.now()));
    this.#told('running', resumeSignal);
  }

  #told(status: PipelineState['status'], signal: ControlSignal): void {
    this.#status = status;
    this.#changes += 1;
    this.#work.tell(signal);
    this.#show();
  }

  #noteStep(id: string, change: StepNotes): void {
    this.#notes[id] = { ...this.#notes[id], ...change };
    this.#show();
  }

  #steps(): PipelineStepState[] {
    return stepStates(this.#part.pipeline, this.#graph.state, this.#notes);
  }

  #show(): void {
    const { usage, approvals } = { usage: this.usage, approvals: this.#approvals.open };
    setCurrentDetails(
      renderPipeline(this.#steps(), { usage, approvals, isPaused: this.#pausable.paused }),
    );
  }
}

/** Whether somebody else does it, person or system; parts of long lists are graphs of ours. */
const isElsewhere = ({ step, chunk }: Task): boolean =>
  chunk === undefined && (step.uses === 'approval' || step.uses === 'http');

/** Whether it may wait for days: it is then given up in one history, and goes on in the next. */
const doesWait = (task: Task): boolean =>
  isElsewhere(task) && (task.step.http === undefined || task.step.http.complete === 'callback');

/** One miss says more of a step that is done many times than many hits. */
const mergeCache = (notes: StepNotes | undefined, cache: string): string =>
  notes?.cache?.startsWith('miss') === true ? notes.cache : cache;

const pauseProblem = (isPaused: boolean) => ({
  code: isPaused ? 'RunPaused' : 'RunNotPaused',
  field: 'workflow id',
  value: workflowInfo().workflowId,
  expected: isPaused ? 'a run that is not paused' : 'a run that is paused',
  remedy: `This one ${isPaused ? 'is' : 'is not'} paused.`,
});
