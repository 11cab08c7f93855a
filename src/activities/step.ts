import { activityInfo, Context } from '@temporalio/activity';
import { canonicalHash } from '../canonical-json.ts';
import { InputError } from '../errors.ts';
import { findOutputProblem } from '../pipelines/output-problem.ts';
import { codeHash, countedInputs, kindOf } from '../pipelines/step-code.ts';
import type { CacheMode, Exec, Step } from '../schemas/pipeline.ts';
import type { StepDone } from '../schemas/pipeline-run.ts';
import type { ValueType } from '../schemas/value-type.ts';
import { StepCache, type StepIdentity } from '../stores/step-cache.ts';
import type { Stores } from './index.ts';
import { loadLists } from './load-lists.ts';
import { NoteReporter, type StepNote } from './note-reporter.ts';
import { StepAttempts, StepTimedOut } from './step-attempts.ts';
import type { Compute } from './supervise.ts';

/** A step that a module or a program does, and where it stands in its run. */
export interface StepOrder {
  /** Of the whole run, whatever history this is a part of. */
  readonly runId: string;
  /** Who is told how it goes. */
  readonly listener: { readonly workflowId: string; readonly runId: string };
  /** Unique in the run: `train[north]`, `regions[0]/train[north]`. */
  readonly path: string;
  /** Name of the step in its pipeline, the same in each run of it. */
  readonly place: string;
  readonly step: Step;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly cache: CacheMode;
}

/** What a program is run with. */
export interface ProgramOrder {
  readonly exec: Exec;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, ValueType>>;
  /** Name of its log. */
  readonly lineage: string;
  readonly signal: AbortSignal;
  readonly memoryBytes: number | undefined;
  onProgress(progress: StepNote): void;
}

/** Runs programs of users, under the contract of docs/exec-steps.md. */
export interface Programs {
  run(order: ProgramOrder): Promise<Pick<StepDone, 'outputs' | 'metrics'>>;
}

const HEARTBEAT_EVERY_MS = 1_000;

/** Steps that users bring along. */
export const createStepActivities = (stores: Stores, compute: Compute, programs: Programs) => ({
  /** Does a step, or finds in the cache what it came to; goes on from its checkpoint. */
  async runStep(order: StepOrder): Promise<StepDone> {
    const { step, cache } = order;
    const context = Context.current();
    const begunAtMs = Date.now();
    const attempts = new StepAttempts(activityInfo().heartbeatDetails, step);
    const heartbeats = setInterval(() => context.heartbeat(attempts.past), HEARTBEAT_EVERY_MS);
    const reporter = new NoteReporter(context, order.listener, order.path);
    const seconds = () => attempts.past.seconds + (Date.now() - begunAtMs) / 1000;
    try {
      const inputs = await loadLists(stores, order.inputs);
      const identity = cache === 'off' ? null : await identityOf(step, inputs);
      const steps = new StepCache(stores);
      const found = identity && cache === 'use' ? await steps.find(identity, order.place) : null;
      if (found?.hit === true) {
        return {
          outputs: found.outputs,
          seconds: 0,
          cache: `hit: done by ${found.runId}`,
          metrics: null,
        };
      }
      const done = await carryOut({ ...order, inputs }, { compute, programs, context, reporter });
      const problem = findOutputProblem(step.output, done.outputs);
      if (problem !== undefined) throw new InputError(problem);
      if (identity !== null)
        await steps.keep(identity, order.place, { runId: order.runId, ...done });
      const why = cache === 'refresh' ? 'refreshed' : (found?.why ?? null);
      return { ...done, seconds: seconds(), cache: why && `miss: ${why}` };
    } catch (error) {
      if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason;
      const failure = attempts.judge(error, seconds());
      // The next attempt counts on.
      context.heartbeat(attempts.past);
      throw failure;
    } finally {
      clearInterval(heartbeats);
      await reporter.close();
    }
  },
});

interface Tools {
  readonly compute: Compute;
  readonly programs: Programs;
  readonly context: Context;
  readonly reporter: NoteReporter;
}

/** Has the step done, by a program or in a compute process, within its time. */
async function carryOut(
  { step, inputs, runId, path }: StepOrder,
  { compute, programs, context, reporter }: Tools,
): Promise<Pick<StepDone, 'outputs' | 'metrics'>> {
  const { timeoutSeconds, resources, exec, output = {} } = step;
  const timeout = timeoutSeconds === undefined ? null : AbortSignal.timeout(timeoutSeconds * 1000);
  const signals = [context.cancellationSignal, ...(timeout === null ? [] : [timeout])];
  const { memoryGiB } = resources;
  const common = {
    lineage: lineageOf(runId, path, inputs),
    signal: AbortSignal.any(signals),
    memoryBytes: memoryGiB === undefined ? undefined : memoryGiB * 2 ** 30,
  };
  try {
    if (exec !== undefined) {
      const onProgress = (progress: StepNote) => reporter.report(progress);
      return await programs.run({ ...common, exec, inputs, output, onProgress });
    }
    const outputs = await compute.run(
      'step',
      { uses: step.uses, inputs },
      {
        ...common,
        extend: [],
        alone: false,
        onProgress: (progress) => {
          if (progress.kind === 'note') reporter.report(progress);
        },
        onMemory: () => undefined,
      },
    );
    return { outputs, metrics: null };
  } catch (error) {
    if (timeout?.aborted !== true || context.cancellationSignal.aborted) throw error;
    throw new StepTimedOut(`It took longer than its timeout of ${timeoutSeconds} s.`);
  }
}

/** Where the log of a step lies: the same for each attempt with the same inputs. */
const lineageOf = (runId: string, path: string, inputs: StepOrder['inputs']): string =>
  `${runId}/${path.replaceAll(/[^\w.-]/g, '-').slice(0, 80)}-${canonicalHash([path, inputs]).slice(0, 12)}`;

async function identityOf(step: Step, inputs: StepOrder['inputs']): Promise<StepIdentity> {
  const counted = await countedInputs(step, inputs);
  return { uses: kindOf(step), code: await codeHash(step), inputs: counted };
}
