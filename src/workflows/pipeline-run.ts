import {
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  rootCause,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';
import type { BookkeepingActivities, HeavyActivities } from '../activities/index.ts';
import { isLifecycleStep } from '../pipelines/built-in-steps.ts';
import { GraphRun } from '../pipelines/graph-run.ts';
import type { GraphEnd, GraphState, Task, TaskOutcome, Values } from '../pipelines/graph-state.ts';
import type { CacheMode, Pipeline, Priority, Step } from '../schemas/pipeline.ts';
import type { PipelineState, PipelineStepState, Usage } from '../schemas/pipeline-run.ts';
import { bookkeeping, heavyWork, localBookkeeping } from './activity-profiles.ts';
import { Approvals } from './approvals.ts';
import {
  pauseSignal,
  pauseUpdate,
  pipelineState,
  resumeSignal,
  resumeUpdate,
  stepNote,
} from './messages.ts';
import { PausableWork } from './pausable-work.ts';
import { taskOfChunk, taskOfPipeline } from './pipeline-part.ts';
import { renderPipeline, type StepNotes, stepStates } from './pipeline-view.ts';
import { refusal } from './refusal.ts';
import { RunCosts } from './run-costs.ts';
import { runGraph } from './run-graph.ts';

const { placeHeavyWork } = proxyActivities<BookkeepingActivities>(bookkeeping);
const { findCachedStep, keepCachedStep, storeLists } =
  proxyLocalActivities<BookkeepingActivities>(localBookkeeping);

/** A history ends at 51,200 events; before that a run goes on under a new one. */
const EVENTS_PER_HISTORY = 10_000;

const PRIORITY_KEY: Record<Priority, number> = { interactive: 1, scheduled: 3, backfill: 5 };

/** What one history of a pipeline begins with: a whole run, a part of one, or what continues it. */
export interface PipelinePart {
  /** The whole run. */
  readonly run: { readonly runId: string; readonly workflowId: string };
  /** Where it stands in the whole: empty at the top, `regions[0]/` below. */
  readonly prefix: string;
  /** Name of the graph wherever it runs, for the cache. */
  readonly place: string;
  readonly pipeline: Pipeline;
  readonly hash: string;
  readonly inputs: Values;
  readonly options: {
    readonly cache: CacheMode | null;
    readonly priority: Priority;
    readonly team: string | null;
  };
  /** Null where it begins. */
  readonly carried: {
    readonly state: GraphState;
    readonly notes: Readonly<Record<string, StepNotes>>;
    readonly askedAtMs: Readonly<Record<string, number>>;
    readonly spent: Omit<Usage, 'trials'>;
    readonly pausedMs: number;
    readonly startedAtMs: number;
  } | null;
  /** Lists of outputs go to the store: for parts of a long one. */
  readonly storesLists: boolean;
  readonly eventsPerHistory?: number;
}

/** What a part of a run came to. */
export interface PartResult {
  readonly end: GraphEnd;
  readonly steps: PipelineStepState[];
  readonly usage: Usage;
}

/** Carries out one graph, and obeys what it is told meanwhile. */
export class PipelineRun {
  readonly #part: PipelinePart;
  readonly #graph: GraphRun;
  readonly #work = new PausableWork();
  readonly #costs: RunCosts;
  readonly #approvals: Approvals;
  readonly #notes: Record<string, StepNotes>;
  readonly #scopes = new Map<Task, CancellationScope>();
  readonly #children = new Set<ChildWorkflowHandle<Workflow>>();
  readonly #queues = new Map<string, Promise<string>>();
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
    return historyLength < most && !continueAsNewSuggested;
  }

  async #carryOut(task: Task): Promise<TaskOutcome | null> {
    const { step, key } = task;
    const { id } = step;
    const scope = new CancellationScope();
    this.#scopes.set(task, scope);
    this.#noteStep(id, { startedAtMs: this.#notes[id]?.startedAtMs ?? Date.now() });
    this.#costs.begun(key, step, Date.now());
    const isApproval = step.uses === 'approval';
    if (!isApproval) this.#othersUnderWay += 1;
    this.#changes += 1;
    let seconds: number | undefined = isApproval ? 0 : undefined;
    try {
      if (isApproval) {
        const isOver = () => !this.#mayGoOn() && this.#othersUnderWay === 0;
        return await scope.run(() => this.#approvals.ask(step, task.inputs, isOver));
      }
      const done = await scope.run(() => this.#dispatch(task));
      seconds = done.seconds;
      if (done.cache !== null)
        this.#noteStep(id, { cache: mergeCache(this.#notes[id], done.cache) });
      // What it was doing says nothing of what it has come to.
      this.#noteStep(id, { note: '' });
      return { status: 'completed', outputs: done.outputs };
    } catch (error) {
      if (scope.consideredCancelled || isCancellation(error)) return { status: 'cancelled' };
      if (!this.#errors.has(id)) this.#errors.set(id, error);
      return { status: 'failed', failure: rootCause(error) ?? String(error) };
    } finally {
      this.#scopes.delete(task);
      if (!isApproval) this.#othersUnderWay -= 1;
      this.#costs.ended(key, Date.now(), seconds);
      this.#noteStep(id, { finishedAtMs: Date.now() });
      this.#changes += 1;
    }
  }

  /** Has a task done by whoever does this kind of step. */
  async #dispatch(task: Task): Promise<Done> {
    const { step, inputs, key } = task;
    if (task.chunk !== undefined) return this.#runPart(key, step, taskOfChunk(task));
    if (step.pipeline !== undefined) return this.#runPart(key, step, taskOfPipeline(step, inputs));
    if (isLifecycleStep(step.uses)) {
      return this.#cached(step, inputs, () =>
        this.#runChild<Values>(key, 'lifecycleStep', { step: step.uses, inputs }),
      );
    }
    if (step.uses === 'lifecycle') {
      return this.#cached(step, inputs, async () => ({
        result: await this.#runChild<Values>(key, 'lifecycle', inputs['job']),
      }));
    }
    return this.#runStep(task);
  }

  async #runStep({ step, inputs, key }: Task): Promise<Done> {
    const { run, prefix, place } = this.#part;
    const { workflowId, runId } = workflowInfo();
    const taskQueue = await this.#queueOf(step);
    const { runStep } = proxyActivities<HeavyActivities>({
      ...heavyWork,
      taskQueue,
      priority: this.#priority(step),
    });
    const order = {
      runId: run.runId,
      listener: { workflowId, runId },
      path: `${prefix}${key}`,
      place: `${place}/${step.id}`,
      cache: this.#cacheMode(step),
      ...{ step: withoutWires(step), inputs },
    };
    return this.#work.run(() => runStep.executeWithOptions({ summary: key }, [order]));
  }

  /** A graph inside of this one, with a history of its own. */
  async #runPart(
    key: string,
    step: Step,
    inner: Pick<PipelinePart, 'pipeline' | 'inputs' | 'storesLists'>,
  ): Promise<Done> {
    const { run, prefix, place, hash, options } = this.#part;
    const part: PipelinePart = {
      ...{ run, hash, ...inner, carried: null, prefix: `${prefix}${key}/` },
      place: inner.storesLists ? place : `${place}/${step.id}`,
      options: { ...options, cache: options.cache ?? step.cache ?? this.#part.pipeline.cache },
      ...(this.#part.eventsPerHistory && { eventsPerHistory: this.#part.eventsPerHistory }),
    };
    const { end, steps, usage } = await this.#runChild<PartResult>(key, 'pipeline', {
      continued: part,
    });
    this.#costs.add(usage);
    const [first] = steps;
    if (inner.storesLists && first?.status === 'failed') throw new PartFailed(first.note);
    const hits = steps.map(({ cache }) => cache).filter((cache) => cache !== null);
    return { outputs: end.outputs, seconds: 0, cache: hits[0] ?? null };
  }

  /** What a built-in step came to before, or comes to now. */
  async #cached(step: Step, inputs: Values, run: () => Promise<Values>): Promise<Done> {
    const mode = this.#cacheMode(step);
    if (mode === 'off') return { outputs: await run(), cache: null };
    const request = { uses: step.uses, inputs, place: `${this.#part.place}/${step.id}` };
    const found = mode === 'use' ? await findCachedStep(request) : null;
    if (found?.hit === true) {
      return { outputs: found.outputs, seconds: 0, cache: `hit: done by ${found.runId}` };
    }
    const outputs = await run();
    await keepCachedStep({ ...request, runId: this.#part.run.runId, outputs });
    return { outputs, cache: `miss: ${found?.why ?? 'refreshed'}` };
  }

  async #runChild<Result>(key: string, type: string, input: unknown): Promise<Result> {
    await this.#work.mayStart();
    const child = await startChild(type, {
      args: [input],
      workflowId: `${workflowInfo().workflowId}/${key}`,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      parentClosePolicy: 'REQUEST_CANCEL',
      staticSummary: `${this.#part.prefix}${key}`,
      priority: this.#priority(),
    });
    this.#children.add(child);
    // What was said while it started.
    if (this.#work.paused) this.#tell(child, pauseSignal);
    try {
      return (await child.result()) as Result;
    } finally {
      this.#children.delete(child);
    }
  }

  #cacheMode({ cache }: Step): CacheMode {
    return this.#part.options.cache ?? cache ?? this.#part.pipeline.cache;
  }

  #priority(step?: Step) {
    const { priority, team } = this.#part.options;
    return {
      priorityKey: PRIORITY_KEY[step?.priority ?? priority],
      ...(team !== null && { fairnessKey: team }),
    };
  }

  /** The task queue for a step's resources; it says so when nobody polls it, instead of waiting in silence. */
  #queueOf({ id, resources }: Step): Promise<string> {
    const { gpu, gpuModel = '' } = resources;
    const wanted = `${gpu} ${gpuModel}`;
    let queue = this.#queues.get(wanted);
    if (queue === undefined) {
      queue = this.#findQueue(id, resources);
      this.#queues.set(wanted, queue);
    }
    return queue;
  }

  async #findQueue(id: string, resources: Step['resources']): Promise<string> {
    for (;;) {
      const { taskQueue, pollers, remedy } = await placeHeavyWork({
        resources: { ...resources, waitSeconds: 0 },
        giveUp: false,
      });
      if (pollers > 0) return taskQueue;
      this.#noteStep(id, { note: `waiting: no worker polls ${taskQueue}. ${remedy}` });
      await sleep('5s');
    }
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
    for (;;) {
      const seen = this.#changes;
      const limit = this.#work.paused ? null : this.#costs.nextLimit(Date.now());
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
      if (isSo) throw refusal(pauseProblem(this.#work.paused));
    };
    setHandler(pipelineState, () => this.state);
    setHandler(pauseUpdate, () => this.#pause(), {
      description: 'Stop at checkpoints and free the slots, until resumed',
      validator: () => refuseWhile(this.#work.paused),
    });
    setHandler(resumeUpdate, () => this.#resume(), {
      description: 'Go on after a pause',
      validator: () => refuseWhile(!this.#work.paused),
    });
    setHandler(pauseSignal, () => this.#pause());
    setHandler(resumeSignal, () => this.#resume());
    setHandler(stepNote, ({ step, text }) => {
      const id = /^[^[#]+/.exec(step.slice(this.#part.prefix.length))?.[0] ?? '';
      if (id in this.#graph.state.steps) this.#noteStep(id, { note: text });
    });
  }

  #pause(): void {
    if (this.#work.paused) return;
    this.#work.pause();
    this.#pausedAtMs = Date.now();
    this.#told('paused', pauseSignal);
  }

  #resume(): void {
    if (!this.#work.paused) return;
    this.#work.resume();
    this.#costs.paused(Date.now() - (this.#pausedAtMs ?? Date.now()));
    this.#told('running', resumeSignal);
  }

  #told(status: PipelineState['status'], signal: ControlSignal): void {
    this.#status = status;
    this.#changes += 1;
    for (const child of this.#children) this.#tell(child, signal);
    this.#show();
  }

  #tell(child: Pick<ChildWorkflowHandle<Workflow>, 'signal'>, signal: ControlSignal) {
    // A child that has just ended needs no word.
    child.signal(signal).catch(() => undefined);
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
      renderPipeline(this.#steps(), { usage, approvals, isPaused: this.#work.paused }),
    );
  }
}

type ControlSignal = typeof pauseSignal | typeof resumeSignal;

/** What a task came to. */
interface Done {
  readonly outputs: Values;
  /** Of work; undefined: all the time that it took. */
  readonly seconds?: number;
  readonly cache: string | null;
}

/** Some items of a part have failed, and the rest was done. */
class PartFailed extends Error {
  override readonly name = 'PartFailed';
}

/** One miss says more of a step that is done many times than many hits. */
const mergeCache = (notes: StepNotes | undefined, cache: string): string =>
  notes?.cache?.startsWith('miss') === true ? notes.cache : cache;

/** A step as whoever does it needs it: its wires are resolved. */
const withoutWires = (step: Step): Step => ({
  ...step,
  ...{ with: {}, each: undefined, repeat: undefined, when: undefined },
});

const pauseProblem = (isPaused: boolean) => ({
  code: isPaused ? 'RunPaused' : 'RunNotPaused',
  field: 'workflow id',
  value: workflowInfo().workflowId,
  expected: isPaused ? 'a run that is not paused' : 'a run that is paused',
  remedy: `This one ${isPaused ? 'is' : 'is not'} paused.`,
});
