import { setTimeout as pause } from 'node:timers/promises';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { canonicalHash } from '../canonical-json.ts';
import { InputError } from '../errors.ts';
import type { ApiToken } from '../schemas/api-token.ts';
import type { WebhookRequest } from '../schemas/run-api.ts';
import { TaskQueue } from '../task-queues.ts';
import { isAllowedHost } from '../webhook-hosts.ts';
import type { AnnouncedRunInput, announcedRun } from '../workflows/announced-run.ts';

const LONGEST_WAIT_MS = 15_000;
const LOOK_EVERY_MS = 50;

/** A run that was asked for. */
export interface AskedRun {
  readonly id: string;
  readonly runId: string;
  /** False where the same request had started it before. */
  readonly isNew: boolean;
}

/** Who asks for a run, and by what request. */
export interface Asking {
  readonly request: { readonly webhook?: WebhookRequest | undefined };
  readonly token: ApiToken;
  readonly idempotencyKey: string | undefined;
}

/** What the workflow of a run is started with. */
interface WorkflowStart {
  readonly workflowType: NonNullable<AnnouncedRunInput['run']['workflowType']>;
  readonly taskQueue: string;
  readonly workflowId: string;
  readonly args: [unknown];
  readonly memo: { readonly requestedBy: string };
  readonly staticSummary: string;
  readonly staticDetails?: string;
}

/** What is the same for all that one token's holder asks for under one key; undefined without a key. */
export const startOptions = ({ request, token, idempotencyKey }: Asking) => ({
  requestedBy: requester(token),
  memo: { requestHash: canonicalHash(request) },
  ...(idempotencyKey !== undefined && {
    id: `api/${token.id}/${canonicalHash(idempotencyKey).slice(0, 32)}`,
  }),
});

export const requester = ({ name }: ApiToken): string => `${name} (HTTP API)`;

/** Starts runs; the same idempotency key gives the same run. */
export class StartOnce {
  readonly #client: Client;
  readonly #webhookHosts: readonly string[];

  constructor(client: Client, webhookHosts: readonly string[]) {
    this.#client = client;
    this.#webhookHosts = webhookHosts;
  }

  /** @param start made with `startOptions` of the same asking */
  async start(start: WorkflowStart, { request, token }: Asking): Promise<AskedRun> {
    const { webhook } = request;
    this.#refuseWebhook(webhook);
    const requestHash = canonicalHash(request);
    try {
      const runId = await (webhook === undefined
        ? this.#startPlain(start)
        : this.#startAnnounced(start, webhook, token, requestHash));
      return { id: start.workflowId, runId, isNew: true };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return this.#earlier(error.workflowId, start.workflowId, requestHash);
    }
  }

  async #startPlain({ workflowType, ...start }: WorkflowStart): Promise<string> {
    const run = await this.#client.workflow.start(workflowType, {
      ...start,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    return run.firstExecutionRunId;
  }

  /** The announcement starts the run, so that no crash comes between the two. */
  async #startAnnounced(
    { workflowType, workflowId, args, memo, staticSummary }: WorkflowStart,
    { url }: WebhookRequest,
    { id: tokenId }: ApiToken,
    requestHash: string,
  ): Promise<string> {
    const { requestedBy } = memo;
    const [input] = args;
    const run = { workflowType, workflowId, input, requestedBy, summary: staticSummary };
    await this.#client.workflow.start<typeof announcedRun>('announcedRun', {
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
    const { memo } = await this.#client.workflow.getHandle(found).describe();
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
    const handle = this.#client.workflow.getHandle(id);
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

  #refuseWebhook(webhook: WebhookRequest | undefined): void {
    if (webhook === undefined || isAllowedHost(webhook.url, this.#webhookHosts)) return;
    throw new InputError({
      ...{ code: 'WebhookHostNotAllowed', field: 'webhook.url', value: webhook.url },
      expected: 'a host that webhooks may go to',
      remedy: 'Have it added to SEVENFOLD_WEBHOOK_HOSTS, for this server and the workers.',
    });
  }
}
