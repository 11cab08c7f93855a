import { InputError, type InputProblem } from '../errors.ts';
import type { Http, Pipeline } from '../schemas/pipeline.ts';
import { isAllowedHost } from '../webhook-hosts.ts';

/** What the workers' operator lets steps call. */
export interface CallSettings {
  /** Where the key for signatures lies. */
  readonly home: string;
  /** Hosts that steps may call; none where it is empty. */
  readonly hosts: readonly string[];
  /** Address of the HTTP API as other systems see it; undefined where there is none. */
  readonly apiUrl: string | undefined;
}

/** Refuses a graph with requests that could never be sent from here, before any of its steps begins. */
export function refuseCalls(pipeline: Pipeline, settings: CallSettings, prefix = ''): void {
  const places = [
    ...pipeline.steps.map((step) => ({ step, at: `${prefix}steps.${step.id}` })),
    ...pipeline.finally.map((step) => ({ step, at: `${prefix}finally.${step.id}` })),
  ];
  for (const { step, at } of places) {
    const problem = step.http && findCallProblem(step.http, settings);
    if (problem !== undefined)
      throw new InputError({ ...problem, field: `${at}.${problem.field}` });
    if (step.pipeline !== undefined) refuseCalls(step.pipeline, settings, `${at}.pipeline.`);
  }
}

export function findCallProblem(
  { url, complete }: Http,
  { hosts, apiUrl }: CallSettings,
): InputProblem | undefined {
  if (!isAllowedHost(url, hosts)) {
    return {
      ...{ code: 'CallHostNotAllowed', field: 'http.url', value: url },
      expected: 'a host that steps may call',
      remedy: 'Have it added to SEVENFOLD_CALL_HOSTS, for the workers.',
    };
  }
  if (complete === 'response' || apiUrl !== undefined) return undefined;
  return {
    ...{ code: 'NoCallbackAddress', field: 'http.complete', value: complete },
    expected: 'an address that callbacks can reach',
    remedy:
      "Set SEVENFOLD_API_URL, for the workers, to the address of 'sevenfold api' as other systems see it.",
  };
}
