import {
  ApplicationFailure,
  CancellationScope,
  condition,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { Task, Values } from '../pipelines/graph-state.ts';
import { retryPauseMs } from '../pipelines/retry-pause.ts';
import type { CallAnswer, CallFailure } from '../schemas/callback.ts';
import type { Http, Step } from '../schemas/pipeline.ts';
import { delivery } from './activity-profiles.ts';
import { attemptOf, CallLedger, type CallStates } from './call-ledger.ts';
import { deliverUpdate } from './messages.ts';
import type { PausableWork } from './pausable-work.ts';
import type { PipelinePart } from './pipeline-part.ts';
import { refusal } from './refusal.ts';
import { withoutWires } from './task-work.ts';

/** What one request may take, where its step does not say. */
const REQUEST_SECONDS = 60;
/** For what a request does besides waiting for its answer. */
const SPARE_SECONDS = 30;

/** A wait that ends with its history, to go on in the next one. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

interface Listener {
  note(step: string, text: string): void;
}

/** Requests to other systems, whose outputs come with the response, or later by a callback. */
export class CallOuts {
  readonly #part: PipelinePart;
  readonly #work: PausableWork;
  readonly #listener: Listener;
  readonly #ledger: CallLedger;

  constructor(part: PipelinePart, work: PausableWork, listener: Listener) {
    this.#part = part;
    this.#work = work;
    this.#listener = listener;
    this.#ledger = new CallLedger(part.carried?.calls);
    setHandler(deliverUpdate, (given) => this.#ledger.take(given), {
      description:
        'What an HTTP step waits for: {"runId": "…", "step": "…", "attempt": 1, "outputs": {…}}, or "failure": {"message": "…"}',
      validator: (given) => {
        const isOurs = (runId: unknown) => runId === workflowInfo().firstExecutionRunId;
        const fault = this.#ledger.fault(given, isOurs, (key) => this.#waitingStep(key));
        if (fault !== undefined) throw refusal(fault);
      },
    });
  }

  get states(): CallStates {
    return this.#ledger.states;
  }

  /**
   * Sends a step's request, and waits for its outputs, or for the deadline; after a failure that is
   * said to be retryable it does so again, as often as the step may.
   * @param isOver where it gives true a wait for a callback is given up (GivenUp)
   */
  async carryOut(task: Task, isOver: () => boolean): Promise<Values> {
    const { key } = task;
    this.#ledger.begin(key, Date.now());
    let isToGoOn = false;
    try {
      for (;;) {
        await this.#waitForTurn(key, isOver);
        const answer = await this.#attempt(task, isOver);
        if ('outputs' in answer) return answer.outputs;
        this.#planNext(task, answer.failure);
      }
    } catch (error) {
      isToGoOn = error instanceof GivenUp;
      throw error;
    } finally {
      if (!isToGoOn) this.#ledger.end(key);
    }
  }

  async #waitForTurn(key: string, isOver: () => boolean): Promise<void> {
    const waitMs = (this.#ledger.stateOf(key).notBeforeMs ?? 0) - Date.now();
    if (waitMs > 0 && (await condition(isOver, waitMs))) throw new GivenUp();
  }

  /** One request, and the wait for what comes of it. */
  async #attempt(task: Task, isOver: () => boolean): Promise<CallAnswer> {
    const { step, key } = task;
    const isLater = step.http?.complete === 'callback';
    const deadlineMs = this.#deadlineMs(task);
    const attempt: { answer?: CallAnswer; failure?: unknown } = {};
    const sending = new CancellationScope();
    const send = async (): Promise<void> => {
      try {
        const { outputs, timeouts } = await sending.run(() => this.#send(task));
        if (isLater) this.#sent(key, step, deadlineMs, timeouts);
        else attempt.answer = { outputs: outputs ?? {} };
      } catch (error) {
        attempt.failure = error;
      }
    };
    const answered = () => attempt.answer ?? this.#ledger.answerTo(key);
    const isSent = () => this.#ledger.stateOf(key).isSent;
    const sent = isSent() || answered() !== undefined ? Promise.resolve() : send();
    const isDecided = () =>
      answered() !== undefined || 'failure' in attempt || (isSent() && isOver());
    try {
      const isInTime = await condition(isDecided, Math.max(1, Math.ceil(deadlineMs - Date.now())));
      const answer = answered();
      if (answer !== undefined) return answer;
      if ('failure' in attempt) throw attempt.failure;
      if (!isInTime) throw tooLate(step.http as Http, isSent());
      throw new GivenUp();
    } finally {
      sending.cancel();
      await sent;
    }
  }

  /** Gives the response's outputs; null where they come later. */
  async #send({ step, key, inputs }: Task) {
    const { run, prefix } = this.#part;
    const { workflowId, firstExecutionRunId: runId } = workflowInfo();
    const state = this.#ledger.stateOf(key);
    const { callOut } = proxyActivities<BookkeepingActivities>({
      ...delivery,
      startToCloseTimeout: ((step.timeoutSeconds ?? REQUEST_SECONDS) + SPARE_SECONDS) * 1000,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    });
    const attempt = attemptOf(state);
    const order = {
      ...{ runId: run.runId, path: `${prefix}${key}`, step: withoutWires(step), inputs },
      callback:
        step.http?.complete === 'callback' ? { workflowId, runId, step: key, attempt } : null,
      failures: attempt - 1 + (state.timeouts ?? 0),
    };
    const { outputs, failures = 0 } = await this.#work.run(() =>
      callOut.executeWithOptions({ summary: key }, [order]),
    );
    return { outputs, timeouts: failures - (attempt - 1) };
  }

  /** The step of a task, if its outputs come by callbacks. */
  #waitingStep(key: string): Step | undefined {
    const { steps, finally: last } = this.#part.pipeline;
    const step = [...steps, ...last].find(({ id }) => id === /^[^[#]+/.exec(key)?.[0]);
    return step?.http?.complete === 'callback' ? step : undefined;
  }

  #deadlineMs({ step, key }: Task): number {
    return this.#ledger.stateOf(key).sinceMs + (step.http as Http).deadlineSeconds * 1000;
  }

  #sent(key: string, step: Step, deadlineMs: number, timeouts: number): void {
    this.#ledger.note(key, { isSent: true, ...(timeouts > 0 && { timeouts }) });
    const asked = attemptOf(this.#ledger.stateOf(key)) === 1 ? 'asked' : 'asked again';
    this.#listener.note(step.id, `${asked}; waits for the callback until ${timeOf(deadlineMs)}`);
  }

  /** @throws CallFailed where there is no further attempt */
  #planNext(task: Task, { message, retryable = false }: CallFailure): void {
    const { step, key } = task;
    const { http, retry } = step;
    const state = this.#ledger.stateOf(key);
    const failures = attemptOf(state) + (state.timeouts ?? 0);
    const failure = `${http?.method} ${http?.url} has failed: ${message}`;
    if (!retryable) throw callFailed(failure);
    const attempts = `attempt ${failures} of ${retry.attempts}`;
    if (failures >= retry.attempts) throw callFailed(`${failure} (${attempts})`);
    const nextMs = Date.now() + retryPauseMs(retry, failures);
    if (nextMs >= this.#deadlineMs(task)) {
      throw callFailed(`${failure} (${attempts}; the deadline comes before the next one)`);
    }
    this.#ledger.beginAnew(key, nextMs);
    this.#listener.note(step.id, `${message} (${attempts}); asks again at ${timeOf(nextMs)}`);
  }
}

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)} UTC`;

const callFailed = (message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, 'CallFailed');

function tooLate({ method, url, deadlineSeconds }: Http, isSent: boolean): ApplicationFailure {
  const how = isSent ? 'no callback came' : 'it was not answered';
  const message = `${method} ${url}: ${how} within ${deadlineSeconds} s.`;
  return ApplicationFailure.nonRetryable(message, 'CallDeadline');
}
