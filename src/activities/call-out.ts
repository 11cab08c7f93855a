import { activityInfo, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { Webhook } from 'standardwebhooks';
import { callbackPath, callbackToken } from '../callbacks.ts';
import { canonicalHash } from '../canonical-json.ts';
import { InputError } from '../errors.ts';
import { buildCall } from '../pipelines/build-call.ts';
import { findOutputProblem } from '../pipelines/output-problem.ts';
import { readSecret } from '../read-secret.ts';
import type { CallbackPlace } from '../schemas/callback.ts';
import type { Http, Step } from '../schemas/pipeline.ts';
import { callSecret, webhookKey } from '../stores/webhook-key.ts';
import { type CallSettings, findCallProblem } from './check-calls.ts';
import type { Stores } from './index.ts';
import { loadLists } from './load-lists.ts';
import { readText, sendRequest } from './send-request.ts';
import { StepAttempts, StepTimedOut } from './step-attempts.ts';

type Values = Readonly<Record<string, unknown>>;

/** A step that another system does, and where it stands in its run. */
export interface CallOrder {
  /** Of the whole run, whatever history this is a part of. */
  readonly runId: string;
  /** Unique in the run. */
  readonly path: string;
  readonly step: Step;
  readonly inputs: Values;
  /** Where the outputs are to be delivered later; null where the response has them. */
  readonly callback: CallbackPlace | null;
  /** Failures of the step's own before this call. */
  readonly failures?: number;
}

/** What one attempt may take, where its step does not say. */
const TIMEOUT_SECONDS = 60;
const LARGEST_RESPONSE_BYTES = 2 ** 20;
/** Of a refusal, so much is told. */
const LAST_WORDS = 300;
const TOO_MANY_REQUESTS = 429;
const LONGEST_PAUSE_SECONDS = 3_600;

/** Requests of steps to other systems. */
export const createCallActivities = (
  stores: Pick<Stores, 'artifacts'>,
  settings: CallSettings,
  environment: NodeJS.ProcessEnv = process.env,
) => ({
  /**
   * Sends a step's request, signed as Standard Webhooks 1.0 has it; the same attempt has the same
   * idempotency key however often it is sent. What may pass (5xx, 429, the network) is tried again
   * later; what the other system refuses is not.
   */
  async callOut(order: CallOrder): Promise<{ outputs: Values | null; failures?: number }> {
    const context = Context.current();
    const { failures = 0, step } = order;
    const attempts = new StepAttempts(activityInfo().heartbeatDetails ?? { failures }, step);
    try {
      const inputs = await loadLists(stores, order.inputs);
      const outputs = await call({ ...order, inputs }, settings, environment, context);
      return { outputs, failures: attempts.past.failures };
    } catch (error) {
      if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason;
      if (error instanceof ApplicationFailure) throw error;
      const failure = attempts.judge(error, 0);
      // The next attempt counts on.
      context.heartbeat(attempts.past);
      throw failure;
    }
  },
});

async function call(
  { step, inputs, runId, path, callback }: CallOrder,
  settings: CallSettings,
  environment: NodeJS.ProcessEnv,
  context: Context,
): Promise<Values | null> {
  const http = step.http as Http;
  const problem = findCallProblem(http, settings);
  if (problem !== undefined) throw new InputError(problem);
  const { url, body } = buildCall(http, inputs);
  const key = await webhookKey(settings.home);
  const attempt = callback?.attempt ?? 1;
  const place = [runId, path, ...(attempt === 1 ? [] : [attempt])];
  const id = `call_${canonicalHash(place).slice(0, 32)}`;
  const at = new Date();
  const signer = new Webhook(callSecret(key, new URL(url).host));
  const seconds = step.timeoutSeconds ?? TIMEOUT_SECONDS;
  const timeout = AbortSignal.timeout(seconds * 1000);
  const signal = AbortSignal.any([context.cancellationSignal, timeout]);
  const headers = {
    accept: 'application/json',
    ...(body !== null && { 'content-type': 'application/json' }),
    ...(await resolveHeaders(http, environment)),
    'idempotency-key': id,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signer.sign(id, at, body ?? ''),
    ...(callback !== null && {
      'sevenfold-callback-url': `${settings.apiUrl}${callbackPath(callback)}`,
      'sevenfold-callback-token': callbackToken(key, callback),
    }),
  };
  const request = `${http.method} ${url}`;
  try {
    const response = await sendRequest(url, { method: http.method, headers, body, signal });
    const text = await readText(response, LARGEST_RESPONSE_BYTES, signal);
    if (!response.ok) throw refused(request, response, text ?? '');
    return callback === null ? parseOutputs(request, step, text) : null;
  } catch (error) {
    if (!timeout.aborted || context.cancellationSignal.aborted) throw error;
    const message = `${request} was not answered within ${seconds} s.`;
    // A time that the step itself sets is a limit, and one that it does not set is a slow network.
    if (step.timeoutSeconds !== undefined) throw new StepTimedOut(message);
    throw ApplicationFailure.retryable(message, 'Unreachable');
  }
}

/** Header values with their secrets; what a header can't hold would be a fault of the request. */
async function resolveHeaders(
  { headers, secrets }: Http,
  environment: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const values = new Map<string, string>();
  for (const [name, reference] of Object.entries(secrets)) {
    const value = await readSecret(`http.secrets.${name}`, reference, environment);
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw unprintable(name, reference);
    values.set(name, value);
  }
  const resolve = (text: string) =>
    text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), resolve(value)]),
  );
}

function refused(request: string, response: Response, text: string): ApplicationFailure {
  const { status, headers } = response;
  const words = text.trim().slice(0, LAST_WORDS);
  const message = `${request} answered ${status}${words === '' ? '.' : `: ${words}`}`;
  if (status < 500 && status !== TOO_MANY_REQUESTS) {
    return ApplicationFailure.nonRetryable(message, 'CallRefused');
  }
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const isAsked = seconds > 0 && seconds <= LONGEST_PAUSE_SECONDS;
  return ApplicationFailure.create({
    ...{ type: 'Unavailable', message },
    ...(isAsked && { nextRetryDelay: seconds * 1000 }),
  });
}

/** What a response gives; a step that declares nothing may have an empty one. */
function parseOutputs(request: string, { output }: Step, text: string | null): Values {
  const outputs = text === '' ? {} : parseObject(text);
  if (outputs === null) {
    throw new InputError({
      code: 'WrongOutput',
      field: 'output',
      value: text?.slice(0, 100) ?? 'more than 1 MiB',
      expected: `a JSON object of at most 1 MiB from ${request}`,
      remedy:
        "Have it answer with the outputs by name, or deliver them later: 'complete: callback'.",
    });
  }
  const problem = findOutputProblem(output, outputs);
  if (problem !== undefined) throw new InputError(problem);
  return outputs;
}

function parseObject(text: string | null): Values | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Values) : null;
  } catch {
    return null;
  }
}

const unprintable = (name: string, reference: string): InputError =>
  new InputError({
    ...{ code: 'InvalidSecret', field: `http.secrets.${name}`, value: reference },
    expected: 'a secret of one line of ASCII characters, as headers hold them',
    remedy: 'Refer to another one, or send it in an encoded form.',
  });
