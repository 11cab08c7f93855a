import type { Pipeline, Step } from '../schemas/pipeline.ts';
import { holds, NoAnswer } from './condition.ts';
import { dependenciesOf } from './dependencies.ts';
import { chunkTasks, itemTasks, settleFanOut } from './fan-out.ts';
import {
  type GraphEnd,
  type GraphState,
  hasEnded,
  initialState,
  type StepState,
  type Task,
  type TaskOutcome,
  type TaskState,
  taskKey,
  type Values,
} from './graph-state.ts';
import { type Found, resolve, valueAt } from './references.ts';

/** Lists longer than this are done in parts, each with a history of its own. */
const LONGEST_DIRECT = 500;

/**
 * Decides what a graph does next. It knows neither clocks nor the order in which work ends beyond
 * what it is told, so that the same events give the same decisions, and its state is plain JSON,
 * from which another one goes on.
 *
 * A step begins when all that it waits for has ended. It is skipped where a step that it comes after,
 * or takes something from without a default, was skipped or has failed; so a join never runs on a
 * missing branch. The first failure that may not be ends the graph: nothing more begins but the
 * steps of `finally`, when what was under way has ended.
 */
export class GraphRun {
  readonly #pipeline: Pipeline;
  readonly #inputs: Values;
  readonly #longestDirect: number;
  #state: GraphState;

  constructor(
    pipeline: Pipeline,
    inputs: Values,
    state: GraphState = initialState(pipeline),
    longestDirect = LONGEST_DIRECT,
  ) {
    this.#pipeline = pipeline;
    this.#inputs = inputs;
    this.#state = state;
    this.#longestDirect = longestDirect;
  }

  get state(): GraphState {
    return this.#state;
  }

  /** Takes over what steps have come to elsewhere. */
  know(outputs: Readonly<Record<string, Values>>): void {
    for (const [id, known] of Object.entries(outputs)) {
      this.#set(id, { status: 'completed', outputs: known });
    }
  }

  /** What was under way is to begin again: for whoever goes on from a state that was kept. */
  restart(): void {
    for (const [id, { tasks }] of Object.entries(this.#state.steps)) {
      const again = tasks.map(
        (task): TaskState => (task.status === 'running' ? { ...task, status: 'lost' } : task),
      );
      this.#set(id, { tasks: again });
    }
  }

  /** Nothing more begins, but for the steps of `finally`. */
  stop(kind: 'budget' | 'cancelled', reason: string): void {
    this.#state = { ...this.#state, stop: this.#state.stop ?? { kind, reason } };
  }

  /** What is to begin now; it counts as begun. */
  next(): Task[] {
    this.#settle();
    return this.#steps()
      .filter(({ id }) => this.#step(id).status === 'running')
      .flatMap((step) => this.#startTasks(step));
  }

  /** What became of a task. */
  ended(key: string, outcome: TaskOutcome): void {
    const step = this.#steps().find(({ id }) => id === /^[^[#]+/.exec(key)?.[0]);
    if (step === undefined) throw new Error(`There is no task '${key}'.`);
    const tasks = this.#step(step.id).tasks.map((task): TaskState => {
      return taskKey(step, task.id) === key ? { ...task, ...outcome } : task;
    });
    this.#set(step.id, { tasks });
    this.#settle();
  }

  /** How the graph ended; null while it goes on. */
  end(): GraphEnd | null {
    if (!this.#steps().every(({ id }) => hasEnded(this.#step(id)))) return null;
    const { outputs } = this.#pipeline;
    return {
      status: this.#status(),
      failure: this.#failure(),
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, value]) => {
          const resolved = resolve(value, (place) => this.#lookup(place));
          return [name, resolved.missing === undefined ? resolved.value : null];
        }),
      ),
    };
  }

  /** What a step is given, with references to items left as they are. */
  inputsOf(id: string): Values {
    const step = this.#steps().find((each) => each.id === id);
    return (resolve(step?.with ?? {}, (place) => this.#lookupOrKeep(place)).value ?? {}) as Values;
  }

  #steps(): readonly Step[] {
    return [...this.#pipeline.steps, ...this.#pipeline.finally];
  }

  #step(id: string): StepState {
    return this.#state.steps[id] as StepState;
  }

  #set(id: string, change: Partial<StepState>): void {
    const steps = { ...this.#state.steps, [id]: { ...this.#step(id), ...change } };
    this.#state = { ...this.#state, steps };
  }

  #isMain = (step: Step): boolean => this.#pipeline.steps.includes(step);

  #status(): GraphEnd['status'] {
    if (this.#failure() !== null) return 'failed';
    const { stop } = this.#state;
    if (stop === null) return 'completed';
    return stop.kind === 'budget' ? 'stopped' : 'cancelled';
  }

  #failure(): GraphEnd['failure'] {
    const failed = this.#steps().find(
      ({ id, onFailure }) => onFailure === 'fail' && this.#step(id).status === 'failed',
    );
    if (failed === undefined) return null;
    return { step: failed.id, reason: this.#step(failed.id).reason ?? 'failed' };
  }

  /** Whether a step may begin anything. */
  #isOpen(step: Step): boolean {
    return !this.#isMain(step) || (this.#failure() === null && this.#state.stop === null);
  }

  /** Until nothing follows from what is known. */
  #settle(): void {
    for (let before: GraphState | null = null; before !== this.#state; ) {
      before = this.#state;
      const mainIsOver = this.#pipeline.steps.every(({ id }) => hasEnded(this.#step(id)));
      for (const step of this.#steps()) {
        const { status } = this.#step(step.id);
        if (status === 'running') this.#settleTasks(step);
        if (status === 'waiting' && (this.#isMain(step) || mainIsOver)) this.#consider(step);
      }
    }
  }

  /** Begins a step, skips it, or leaves it waiting. */
  #consider(step: Step): void {
    const { id } = step;
    const sources = dependenciesOf(step).map((source) => [source, this.#step(source)] as const);
    if (!this.#isOpen(step)) return this.#skip(id, this.#whyClosed());
    if (!sources.every(([, state]) => hasEnded(state))) return;
    const missed = step.after.find((source) => !this.#counts(source));
    if (missed !== undefined) return this.#skip(id, this.#whyMissed(missed));
    const lookup = (place: string) => this.#lookup(place);
    try {
      if (step.when !== undefined && !holds(step.when, lookup)) {
        return this.#skip(id, 'its condition does not hold');
      }
    } catch (error) {
      return this.#miss(step, error instanceof NoAnswer ? error.message : String(error));
    }
    const wanted = resolve([step.with, step.each?.in], (place) => this.#lookupOrKeep(place));
    if (wanted.missing !== undefined) return this.#miss(step, `${wanted.missing} is not there`);
    this.#begin(step);
  }

  #begin(step: Step): void {
    if (step.each === undefined) {
      const id = step.repeat === undefined ? '' : '1';
      return this.#set(step.id, { status: 'running', tasks: [{ id, status: 'waiting' }] });
    }
    const items = this.#itemsOf(step);
    if (!Array.isArray(items)) {
      return this.#fail(step.id, `each.in: expected a list, got ${typeName(items)}`);
    }
    const isLong = items.length > this.#longestDirect;
    const tasks = isLong
      ? chunkTasks(items.length, this.#longestDirect)
      : itemTasks(items, step.each.key);
    this.#set(step.id, { status: 'running', tasks });
    this.#settleTasks(step);
  }

  /** Whether a step that others only come after lets them begin. */
  #counts(id: string): boolean {
    const step = this.#steps().find((each) => each.id === id);
    const { status } = this.#step(id);
    return status === 'completed' || (status === 'failed' && step?.onFailure === 'continue');
  }

  /** What a step takes is not there: because its source was, or although it was. */
  #miss(step: Step, what: string): void {
    const missed = dependenciesOf(step).find((id) => this.#step(id).status !== 'completed');
    if (missed === undefined) this.#fail(step.id, what);
    else this.#skip(step.id, this.#whyMissed(missed));
  }

  #whyMissed(id: string): string {
    return `'${id}' ${this.#step(id).status === 'failed' ? 'has failed' : 'was skipped'}`;
  }

  /** Whether what is not wholly done counts for what is. */
  #keepsParts(): boolean {
    return this.#failure() === null && this.#state.stop?.kind === 'budget';
  }

  #whyClosed(): string {
    const failure = this.#failure();
    if (failure !== null) return `'${failure.step}' has failed`;
    return this.#state.stop?.reason ?? 'the run was stopped';
  }

  #skip(id: string, reason: string): void {
    this.#set(id, { status: 'skipped', reason });
  }

  #fail(id: string, reason: string): void {
    this.#set(id, { status: 'failed', reason });
  }

  /** What follows for a step from what became of its tasks. */
  #settleTasks(step: Step): void {
    const { tasks } = this.#step(step.id);
    const isUnderWay = tasks.some(({ status }) => status === 'running' || status === 'lost');
    if (step.each !== undefined) {
      const settled = settleFanOut(step, tasks, {
        isOpen: this.#isOpen(step),
        keepsParts: this.#keepsParts(),
        why: this.#whyClosed(),
      });
      if (settled !== null) this.#set(step.id, settled);
      return;
    }
    const last = tasks.at(-1);
    if (last === undefined || isUnderWay) return;
    if (last.status === 'failed') return this.#fail(step.id, last.failure ?? 'failed');
    const done = tasks.filter(({ status }) => status === 'completed').at(-1);
    if (last.status === 'completed') return this.#settleIteration(step, last);
    if (last.status === 'waiting' && this.#isOpen(step)) return;
    // Stopped by the budget, a loop has what its last whole iteration came to.
    if (done === undefined || !this.#keepsParts()) return this.#skip(step.id, this.#whyClosed());
    this.#complete(step.id, done.outputs ?? {}, this.#whyClosed());
  }

  #settleIteration(step: Step, last: TaskState): void {
    const outputs = last.outputs ?? {};
    if (step.repeat === undefined) return this.#complete(step.id, outputs);
    const iteration = Number(last.id);
    try {
      const isEnough = holds(step.repeat.until, (place) => this.#lookup(place, { self: outputs }));
      if (isEnough || iteration >= step.repeat.atMost) return this.#complete(step.id, outputs);
    } catch (error) {
      return this.#fail(step.id, `repeat.until: ${(error as Error).message}`);
    }
    const { tasks } = this.#step(step.id);
    // Only the latest iteration is needed to go on.
    const kept = [...tasks.slice(-1), { id: String(iteration + 1), status: 'waiting' as const }];
    this.#set(step.id, { tasks: kept });
  }

  #complete(id: string, outputs: Values, reason: string | null = null): void {
    this.#set(id, { status: 'completed', outputs, reason });
  }

  /** Marks tasks as begun, as many as may be at once. */
  #startTasks(step: Step): Task[] {
    const { tasks } = this.#step(step.id);
    const isLong = tasks.some(({ count }) => count !== undefined);
    const atOnce = step.each?.atOnce ?? 1;
    const lanes = isLong ? Math.ceil(atOnce / this.#longestDirect) : atOnce;
    const free = lanes - tasks.filter(({ status }) => status === 'running').length;
    const failed = step.onFailure === 'fail' && tasks.some(({ status }) => status === 'failed');
    const isOpen = this.#isOpen(step) && !failed;
    const lost = tasks.filter(({ status }) => status === 'lost');
    const waiting = tasks.filter(({ status }) => status === 'waiting');
    const begun: Task[] = [];
    // What had begun goes on, whatever has happened since.
    for (const task of [
      ...lost,
      ...(isOpen ? waiting.slice(0, Math.max(0, free - lost.length)) : []),
    ]) {
      if (task.status === 'waiting' && !this.#takeTrial(step, task)) break;
      const built = this.#build(step, task);
      this.#setTask(step, task, { status: 'running' });
      if ('failure' in built) this.ended(taskKey(step, task.id), { status: 'failed', ...built });
      else begun.push(built);
    }
    // What could not even begin, or what the budget forbids, may end the step.
    this.#settle();
    return begun;
  }

  #setTask(step: Step, task: TaskState, change: Partial<TaskState>): void {
    const tasks = this.#step(step.id).tasks.map((each) =>
      each.id === task.id ? { ...each, ...change } : each,
    );
    this.#set(step.id, { tasks });
  }

  /** Counts a trial; where none is left the graph stops. */
  #takeTrial(step: Step, { count = 1 }: TaskState): boolean {
    if (!step.trial) return true;
    const most = this.#pipeline.budget?.trials;
    if (most !== undefined && this.#state.trials + count > most) {
      this.stop('budget', `the budget of ${most} trials is spent`);
      return false;
    }
    this.#state = { ...this.#state, trials: this.#state.trials + count };
    return true;
  }

  #build(step: Step, task: TaskState): Task | { readonly failure: string } {
    const key = taskKey(step, task.id);
    if (task.count !== undefined) {
      const first = task.index ?? 0;
      const items = (this.#itemsOf(step) as unknown[]).slice(first, first + task.count);
      const rest = resolve(step.with, (place) => this.#lookupOrKeep(place)).value;
      return { key, step, inputs: {}, chunk: { items, with: rest } };
    }
    const item =
      task.index === undefined ? undefined : (this.#itemsOf(step) as unknown[])[task.index];
    const previous = this.#step(step.id).tasks.findLast(({ status }) => status === 'completed');
    const scope = {
      ...(step.each !== undefined && { item, itemId: task.id }),
      ...(step.repeat !== undefined && {
        iteration: Number(task.id),
        previous: previous?.outputs ?? {},
      }),
    };
    const resolved = resolve(step.with, (place) => this.#lookup(place, scope));
    if (resolved.missing !== undefined) return { failure: `${resolved.missing} is not there` };
    return { key, step, inputs: resolved.value as Values };
  }

  #itemsOf(step: Step): unknown {
    return resolve(step.each?.in, (place) => this.#lookup(place)).value;
  }

  /** @param scope what has a meaning only inside of a step */
  #lookup(place: string, scope: Values = {}): Found {
    const [root = '', ...path] = place.split('.');
    if (Object.hasOwn(scope, root)) return valueAt(scope[root], path);
    if (root === 'inputs') return valueAt(this.#inputs, path);
    if (root === 'run') {
      return valueAt({ status: this.#status(), failure: this.#failure() }, path);
    }
    const [id = '', ...rest] = path;
    if (root !== 'steps' || !Object.hasOwn(this.#state.steps, id)) return { there: false };
    const { status, outputs } = this.#step(id);
    return status === 'completed' ? valueAt(outputs, rest) : { there: false };
  }

  /** As lookup; what only has a meaning for one task refers to itself. */
  #lookupOrKeep(place: string): Found {
    const [root = ''] = place.split('.');
    const isOfTask = ['item', 'itemId', 'iteration', 'previous'].includes(root);
    return isOfTask ? { there: true, value: { $from: place } } : this.#lookup(place);
  }
}

const typeName = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
