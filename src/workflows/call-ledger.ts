import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../canonical-text.ts';
import type { InputProblem } from '../errors.ts';
import type { Values } from '../pipelines/graph-state.ts';
import { findOutputProblem } from '../pipelines/output-problem.ts';
import type { CallAnswer, CallFailure, Delivery } from '../schemas/callback.ts';
import type { Step } from '../schemas/pipeline.ts';

/** What is known of a step that another system does, whatever history it goes on in. */
export interface CallState {
  /** When its step began: a deadline does not begin anew with a history, nor with an attempt. */
  readonly sinceMs: number;
  /** Whether the other system has taken the attempt on. */
  readonly isSent: boolean;
  /** Hash of what was delivered to the attempt; null while nothing was. */
  readonly delivered: string | null;
  /** Hashes of the failures that were delivered to the attempts before it. */
  readonly failed?: readonly string[];
  /** Requests that took longer than the step allows: they count as failures of its own, too. */
  readonly timeouts?: number;
  /** When the attempt is to be made; absent where at once. */
  readonly notBeforeMs?: number;
}
/** By the keys of tasks. */
export type CallStates = Readonly<Record<string, CallState>>;

/** So many answered calls are remembered, to know an answer that comes again. */
const MOST_REMEMBERED = 1_000;

/** Which attempt of a call is under way, counted from 1. */
export const attemptOf = ({ failed = [] }: Pick<CallState, 'failed'>): number => failed.length + 1;

/** What was asked of other systems, and what they have delivered. */
export class CallLedger {
  readonly #states: Map<string, CallState>;
  readonly #answers = new Map<string, CallAnswer>();

  constructor(carried: CallStates = {}) {
    this.#states = new Map(Object.entries(carried));
  }

  /** What the next history has to know: calls that wait, and the latest that were answered. */
  get states(): CallStates {
    const all = [...this.#states];
    const answered = all.filter(([, { delivered }]) => delivered !== null);
    const forgotten = new Set(answered.slice(0, -MOST_REMEMBERED).map(([key]) => key));
    return Object.fromEntries(all.filter(([key]) => !forgotten.has(key)));
  }

  begin(key: string, nowMs: number): void {
    if (!this.#states.has(key)) {
      this.#states.set(key, { sinceMs: nowMs, isSent: false, delivered: null });
    }
  }

  /** A call that has begun. */
  stateOf(key: string): CallState {
    return this.#states.get(key) as CallState;
  }

  /** What was delivered to the attempt that is under way. */
  answerTo(key: string): CallAnswer | undefined {
    return this.#answers.get(key);
  }

  note(key: string, change: Partial<CallState>): void {
    this.#states.set(key, { ...this.stateOf(key), ...change });
  }

  /** The attempt under way was delivered a failure, and another one follows. */
  beginAnew(key: string, notBeforeMs: number): void {
    const { failed = [], delivered } = this.stateOf(key);
    this.#answers.delete(key);
    this.note(key, {
      ...{ isSent: false, delivered: null, notBeforeMs },
      failed: [...failed, delivered ?? ''],
    });
  }

  /** What was delivered is remembered, to know it when it comes again; a call that ends without is not. */
  end(key: string): void {
    this.#answers.delete(key);
    if (this.#states.get(key)?.delivered === null) this.#states.delete(key);
  }

  /** Takes what `fault` has let pass: also what was delivered before, which changes nothing. */
  take({ step: key, attempt = 1, ...given }: Delivery): void {
    const answer = readAnswer(given) as CallAnswer;
    const state = this.#states.get(key);
    if (state === undefined || state.delivered !== null || attempt !== attemptOf(state)) return;
    this.note(key, { delivered: hashOf(answer) });
    this.#answers.set(key, answer);
  }

  /**
   * Why a delivery is not taken.
   * @param isOurs whether it is for this run
   * @param stepOf the step of a key, if it waits for callbacks
   */
  fault(
    given: unknown,
    isOurs: (runId: unknown) => boolean,
    stepOf: (key: string) => Step | undefined,
  ): InputProblem | undefined {
    const { runId, step: key = '', attempt = 1, ...rest } = (given ?? {}) as Partial<Delivery>;
    const state = isOurs(runId) ? this.#states.get(key) : undefined;
    const answer = readAnswer(rest);
    if ('code' in answer) return answer;
    const step = state && stepOf(key);
    if (state === undefined || step === undefined || attempt > attemptOf(state))
      return noOpenCall(key);
    if (attempt < attemptOf(state)) {
      return state.failed?.[attempt - 1] === hashOf(answer) ? undefined : attemptOver(attempt);
    }
    if (state.delivered !== null) {
      return state.delivered === hashOf(answer) ? undefined : alreadyDelivered(key);
    }
    return 'failure' in answer ? undefined : findOutputProblem(step.output, answer.outputs);
  }
}

const problem = (code: string, field: string, value: unknown, expected: string) => ({
  ...{ code, field, value, expected },
});

const noOpenCall = (key: string): InputProblem => ({
  ...problem('NoOpenCall', 'step', key, 'a step that waits for a callback'),
  remedy: 'Its deadline has passed, it was cancelled, or it is another run’s.',
});

const attemptOver = (attempt: number): InputProblem => ({
  ...problem('AttemptOver', 'attempt', attempt, 'the attempt that is under way'),
  remedy: 'This one was said to have failed, and the step has been asked for anew since.',
});

const alreadyDelivered = (key: string): InputProblem => ({
  ...problem('AlreadyDelivered', 'step', key, 'what was delivered first'),
  remedy: 'The first answer holds: a call is answered once.',
});

/** What was delivered, of which only the shape is checked; or what is wrong with that. */
function readAnswer(given: { outputs?: unknown; failure?: unknown }): CallAnswer | InputProblem {
  const { outputs, failure } = given;
  if (failure !== undefined) {
    const { message, retryable = false } = (failure ?? {}) as Partial<CallFailure>;
    if (typeof message === 'string' && message !== '' && typeof retryable === 'boolean') {
      return { failure: { message, ...(retryable && { retryable }) } };
    }
    const expected = '{"message": "…"}, and "retryable": true where another attempt may do';
    return {
      ...problem('WrongFailure', 'failure', failure, expected),
      remedy: 'Say why in a sentence.',
    };
  }
  if (typeof outputs === 'object' && outputs !== null && !Array.isArray(outputs)) {
    return { outputs: outputs as Values };
  }
  const remedy = 'Deliver the outputs by name.';
  return { ...problem('WrongOutput', 'outputs', outputs, 'a JSON object'), remedy };
}

/** Outputs alone have the hash that they had before there were failures. */
const hashOf = (answer: CallAnswer): string =>
  bytesToHex(sha256(utf8ToBytes(canonicalJson('outputs' in answer ? answer.outputs : answer))));
