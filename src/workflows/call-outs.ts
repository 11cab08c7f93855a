import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import { canonicalJson } from '../canonical-text.ts';
import type { InputProblem } from '../errors.ts';
import type { Task, Values } from '../pipelines/graph-state.ts';
import { findOutputProblem } from '../pipelines/output-problem.ts';
import type { CallAnswer, CallFailure, Delivery } from '../schemas/callback.ts';
import type { Http, Step } from '../schemas/pipeline.ts';
import { delivery } from './activity-profiles.ts';
import { deliverUpdate } from './messages.ts';
import type { PausableWork } from './pausable-work.ts';
import type { CallState, CallStates, PipelinePart } from './pipeline-part.ts';
import { refusal } from './refusal.ts';
import { withoutWires } from './task-work.ts';

/** What one attempt may take, where its step does not say. */
const REQUEST_SECONDS = 60;
/** For what an attempt does besides waiting for its answer. */
const SPARE_SECONDS = 30;
/** So many answered calls are remembered, to know an answer that comes again. */
const MOST_REMEMBERED = 1_000;

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
  readonly #states: Map<string, CallState>;
  readonly #delivered = new Map<string, CallAnswer>();

  constructor(part: PipelinePart, work: PausableWork, listener: Listener) {
    this.#part = part;
    this.#work = work;
    this.#listener = listener;
    this.#states = new Map(Object.entries(part.carried?.calls ?? {}));
    setHandler(deliverUpdate, (given) => this.#take(given), {
      description:
        'What an HTTP step waits for: {"runId": "…", "step": "…", "outputs": {…}}, or "failure": {"message": "…"}',
      validator: (given) => {
        const fault = this.#fault(given);
        if (fault !== undefined) throw refusal(fault);
      },
    });
  }

  /** What the next history has to know: calls that wait, and the latest that were answered. */
  get states(): CallStates {
    const all = [...this.#states];
    const answered = all.filter(([, { delivered }]) => delivered !== null);
    const forgotten = new Set(answered.slice(0, -MOST_REMEMBERED).map(([key]) => key));
    return Object.fromEntries(all.filter(([key]) => !forgotten.has(key)));
  }

  /**
   * Sends a step's request, and waits for its outputs, or for the deadline.
   * @param isOver where it gives true a wait for a callback is given up (GivenUp)
   */
  async carryOut(task: Task, isOver: () => boolean): Promise<Values> {
    const { step, key } = task;
    const { complete, deadlineSeconds, method, url } = step.http as Http;
    const isLater = complete === 'callback';
    const begun = this.#states.get(key) ?? { sinceMs: Date.now(), isSent: false, delivered: null };
    this.#states.set(key, begun);
    const deadlineMs = begun.sinceMs + deadlineSeconds * 1000;
    const attempt: { answer?: CallAnswer; failure?: unknown } = {};
    const sending = new CancellationScope();
    const send = async (): Promise<void> => {
      try {
        const outputs = await sending.run(() => this.#send(task));
        if (isLater) this.#sent(key, step, deadlineMs);
        else attempt.answer = { outputs: outputs ?? {} };
      } catch (error) {
        attempt.failure = error;
      }
    };
    const answered = () => attempt.answer ?? this.#delivered.get(key);
    const sent = begun.isSent || answered() !== undefined ? Promise.resolve() : send();
    const isSent = () => this.#states.get(key)?.isSent === true;
    const isDecided = () =>
      answered() !== undefined || 'failure' in attempt || (isSent() && isOver());
    let isToGoOn = false;
    try {
      const isInTime = await condition(isDecided, Math.max(1, Math.ceil(deadlineMs - Date.now())));
      const answer = answered();
      if (answer !== undefined) return outputsOf(answer, `${method} ${url}`);
      if ('failure' in attempt) throw attempt.failure;
      if (!isInTime) throw tooLate(`${method} ${url}`, deadlineSeconds, isSent());
      isToGoOn = true;
      throw new GivenUp();
    } finally {
      sending.cancel();
      await sent;
      this.#delivered.delete(key);
      // What was delivered is remembered, to know it when it comes again.
      const isAnswered = this.#states.get(key)?.delivered !== null;
      if (!isToGoOn && !isAnswered) this.#states.delete(key);
    }
  }

  /** Gives the response's outputs; null where they come later. */
  async #send({ step, key, inputs }: Task): Promise<Values | null> {
    const { run, prefix } = this.#part;
    const { workflowId, firstExecutionRunId: runId } = workflowInfo();
    const { callOut } = proxyActivities<BookkeepingActivities>({
      ...delivery,
      startToCloseTimeout: ((step.timeoutSeconds ?? REQUEST_SECONDS) + SPARE_SECONDS) * 1000,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    });
    const order = {
      ...{ runId: run.runId, path: `${prefix}${key}`, step: withoutWires(step), inputs },
      callback: step.http?.complete === 'callback' ? { workflowId, runId, step: key } : null,
    };
    const { outputs } = await this.#work.run(() =>
      callOut.executeWithOptions({ summary: key }, [order]),
    );
    return outputs;
  }

  #stepOf(key: string): Step | undefined {
    const { steps, finally: last } = this.#part.pipeline;
    return [...steps, ...last].find(({ id }) => id === /^[^[#]+/.exec(key)?.[0]);
  }

  #sent(key: string, step: Step, deadlineMs: number): void {
    this.#states.set(key, { ...(this.#states.get(key) as CallState), isSent: true });
    const until = new Date(deadlineMs).toISOString().slice(0, 19);
    this.#listener.note(step.id, `asked; waits for the callback until ${until} UTC`);
  }

  #take({ step, ...given }: Delivery): void {
    const answer = readAnswer(given) as CallAnswer;
    const state = this.#states.get(step);
    // The validator lets pass what was delivered before, too.
    if (state === undefined || state.delivered !== null) return;
    this.#states.set(step, { ...state, delivered: hashOf(answer) });
    this.#delivered.set(step, answer);
  }

  #fault(given: unknown): InputProblem | undefined {
    const { runId, step = '', ...rest } = (given ?? {}) as Partial<Delivery>;
    const isOurs = runId === workflowInfo().firstExecutionRunId;
    const state = isOurs ? this.#states.get(step) : undefined;
    const answer = readAnswer(rest);
    if ('code' in answer) return answer;
    if (typeof state?.delivered === 'string') {
      if (state.delivered === hashOf(answer)) return undefined;
      const remedy = 'The first answer holds: a call is answered once.';
      return { ...problem('AlreadyDelivered', 'step', step, 'what was delivered first'), remedy };
    }
    const open = state && this.#stepOf(step);
    if (open?.http?.complete === 'callback')
      return 'failure' in answer ? undefined : findOutputProblem(open.output, answer.outputs);
    const remedy = 'Its deadline has passed, it was cancelled, or it is another run’s.';
    return { ...problem('NoOpenCall', 'step', step, 'a step that waits for a callback'), remedy };
  }
}

const problem = (code: string, field: string, value: unknown, expected: string) => ({
  ...{ code, field, value, expected },
});

/** What was delivered, of which only the shape is checked; or what is wrong with that. */
function readAnswer(given: { outputs?: unknown; failure?: unknown }): CallAnswer | InputProblem {
  const { outputs, failure } = given;
  if (failure !== undefined) {
    const { message } = (failure ?? {}) as Partial<CallFailure>;
    if (typeof message === 'string' && message !== '') return { failure: { message } };
    const remedy = 'Say why in a sentence.';
    return { ...problem('WrongFailure', 'failure', failure, '{"message": "…"}'), remedy };
  }
  if (typeof outputs === 'object' && outputs !== null && !Array.isArray(outputs)) {
    return { outputs: outputs as Values };
  }
  const remedy = 'Deliver the outputs by name.';
  return { ...problem('WrongOutput', 'outputs', outputs, 'a JSON object'), remedy };
}

function outputsOf(answer: CallAnswer, request: string): Values {
  if ('outputs' in answer) return answer.outputs;
  const message = `${request} has failed: ${answer.failure.message}`;
  throw ApplicationFailure.nonRetryable(message, 'CallFailed');
}

/** Outputs alone have the hash that they had before there were failures. */
const hashOf = (answer: CallAnswer): string =>
  bytesToHex(sha256(utf8ToBytes(canonicalJson('outputs' in answer ? answer.outputs : answer))));

function tooLate(request: string, seconds: number, isSent: boolean): ApplicationFailure {
  const how = isSent ? 'no callback came' : 'it was not answered';
  return ApplicationFailure.nonRetryable(`${request}: ${how} within ${seconds} s.`, 'CallDeadline');
}
