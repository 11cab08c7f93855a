import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { canonicalHash } from '../canonical-json.ts';
import {
  type LifecycleClient,
  lifecycleStart,
  type RunHandle,
} from '../client/lifecycle-client.ts';
import { InputError } from '../errors.ts';
import type { ApiToken } from '../schemas/api-token.ts';
import type { JobInput } from '../schemas/job.ts';
import { parseJob } from '../schemas/parse-job.ts';
import type { StartRunRequest, WebhookRequest } from '../schemas/run-api.ts';
import { TaskQueue } from '../task-queues.ts';
import { isAllowedHost } from '../webhook-hosts.ts';
import type { announcedRun } from '../workflows/announced-run.ts';
import { DataPolicy } from './data-policy.ts';

const LONGEST_WAIT_MS = 15_000;
const LOOK_EVERY_MS = 50;

export interface RunServiceOptions {
  readonly client: LifecycleClient;
  /** Folder that the data of jobs has to lie in; relative paths are meant from it. */
  readonly dataRoot: string;
  readonly webhookHosts: readonly string[];
}

/** A run that was asked for. */
export interface AskedRun {
  readonly id: string;
  readonly runId: string;
  /** False where the same request had started it before. */
  readonly isNew: boolean;
}

/** Starts runs for holders of tokens; the same idempotency key gives the same run. */
export class RunService {
  readonly #options: RunServiceOptions;

  constructor(options: RunServiceOptions) {
    this.#options = options;
  }

  async start(
    request: StartRunRequest,
    token: ApiToken,
    idempotencyKey: string | undefined,
  ): Promise<AskedRun> {
    const { dataRoot } = this.#options;
    const job = parseJob(request.job) as JobInput;
    new DataPolicy(dataRoot).check(job);
    this.#refuseWebhook(request.webhook);
    const requestHash = canonicalHash(request);
    const id =
      idempotencyKey === undefined
        ? undefined
        : `api/${token.id}/${canonicalHash(idempotencyKey).slice(0, 32)}`;
    const start = lifecycleStart(job, {
      ...{ folder: dataRoot, requestedBy: requester(token), memo: { requestHash } },
      ...(id !== undefined && { id }),
    });
    try {
      const runId = await (request.webhook === undefined
        ? this.#startPlain(start)
        : this.#startAnnounced(start, request.webhook, token, requestHash));
      return { id: start.workflowId, runId, isNew: true };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return this.#earlier(error.workflowId, start.workflowId, requestHash);
    }
  }

  async #startPlain(start: ReturnType<typeof lifecycleStart>): Promise<string> {
    const { workflow } = this.#options.client.temporal;
    const run = await workflow.start('lifecycle', {
      ...start,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    return run.firstExecutionRunId;
  }

  /** The announcement starts the run, so that no crash comes between the two. */
  async #startAnnounced(
    { workflowId, args, memo, staticSummary }: ReturnType<typeof lifecycleStart>,
    { url }: WebhookRequest,
    { id: tokenId }: ApiToken,
    requestHash: string,
  ): Promise<string> {
    const { workflow } = this.#options.client.temporal;
    const { requestedBy } = memo;
    const run = { workflowId, input: args[0], requestedBy, summary: staticSummary };
    await workflow.start<typeof announcedRun>('announcedRun', {
      taskQueue: TaskQueue.main,
      workflowId: `webhook/${workflowId}`,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      args: [{ run, webhook: { url, tokenId } }],
      memo: { requestedBy, requestHash },
      staticSummary: `announce ${workflowId}`,
    });
    return this.#appearance(workflowId);
  }

  /** What an earlier request of the same key has started. */
  async #earlier(found: string, id: string, requestHash: string): Promise<AskedRun> {
    const handle = this.#options.client.temporal.workflow.getHandle(found);
    const { memo } = await handle.describe();
    if (memo?.['requestHash'] === requestHash) {
      return { id, runId: await this.#appearance(id), isNew: false };
    }
    throw new InputError({
      ...{ code: 'IdempotencyKeyReused', field: 'idempotency-key', value: null },
      expected: 'a key that no other request has used',
      remedy: 'Take a new key for a new request.',
    });
  }

  /** The run id of a run that is about to be started. */
  async #appearance(id: string): Promise<string> {
    const handle = this.#options.client.temporal.workflow.getHandle(id);
    for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
      const found = await handle.describe().catch(() => null);
      if (found !== null) return found.runId;
      if (waitedMs >= LONGEST_WAIT_MS) {
        throw new InputError({
          ...{ code: 'NoTemporalServer', field: 'run', value: id },
          expected: 'a worker that starts it',
          remedy: 'It starts as soon as one is there: ask again with the same idempotency key.',
        });
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  /** Does a closed run again, if this token's holder may read its data. */
  async rerun(
    run: RunHandle,
    { from, set }: { readonly from: string; readonly set: Readonly<Record<string, unknown>> },
    token: ApiToken,
  ): Promise<AskedRun> {
    const { client, dataRoot } = this.#options;
    new DataPolicy(dataRoot).checkChanges(set);
    const found = await run.describe();
    if (found.status.name === 'RUNNING') {
      throw new InputError({
        ...{ code: 'RunUnderWay', field: 'id', value: run.workflowId },
        ...{ expected: 'a run that has ended', remedy: 'Wait for its end, or cancel it.' },
      });
    }
    const again = await client.rerun(run.workflowId, {
      ...{ from, set, folder: dataRoot, requestedBy: requester(token) },
    });
    return { id: again.workflowId, runId: again.firstExecutionRunId, isNew: true };
  }

  #refuseWebhook(webhook: WebhookRequest | undefined): void {
    const { webhookHosts } = this.#options;
    if (webhook === undefined || isAllowedHost(webhook.url, webhookHosts)) return;
    throw new InputError({
      ...{ code: 'WebhookHostNotAllowed', field: 'webhook.url', value: webhook.url },
      expected: 'a host that webhooks may go to',
      remedy: 'Have it added to SEVENFOLD_WEBHOOK_HOSTS, for this server and the workers.',
    });
  }
}

const requester = ({ name }: ApiToken): string => `${name} (HTTP API)`;
