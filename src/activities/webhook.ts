import { ApplicationFailure } from '@temporalio/common';
import { Webhook } from 'standardwebhooks';
import { canonicalHash } from '../canonical-json.ts';
import type { Announcement, WebhookTarget } from '../schemas/announcement.ts';
import { webhookKey, webhookSecret } from '../stores/webhook-key.ts';
import { isAllowedHost } from '../webhook-hosts.ts';
import { sendRequest } from './send-request.ts';

const TIMEOUT_MS = 10_000;
const GONE = 410;

export interface WebhookSettings {
  /** Where the key lies. */
  readonly home: string;
  /** Hosts that may be called; none where it is empty. */
  readonly hosts: readonly string[];
}

/** Tells other systems of runs. */
export const createWebhookActivities = ({ home, hosts }: WebhookSettings) => ({
  /**
   * Posts an announcement, signed as Standard Webhooks 1.0 has it. Anything but a 2xx is tried
   * again later, under the same id; 410 says that nobody wants it any more.
   */
  async deliverWebhook(request: {
    webhook: WebhookTarget;
    announcement: Announcement;
  }): Promise<void> {
    const { webhook, announcement } = request;
    if (!isAllowedHost(webhook.url, hosts)) {
      throw ApplicationFailure.nonRetryable(
        `Webhooks may not go to ${webhook.url}.`,
        'WebhookHostNotAllowed',
      );
    }
    const payload = JSON.stringify(announcement);
    const id = `msg_${canonicalHash(announcement).slice(0, 32)}`;
    const at = new Date();
    const signer = new Webhook(webhookSecret(await webhookKey(home), webhook.tokenId));
    const response = await sendRequest(webhook.url, {
      method: 'POST',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': signer.sign(id, at, payload),
      },
      body: payload,
    });
    await response.body?.cancel();
    if (response.ok) return;
    const message = `${webhook.url} answered ${response.status}.`;
    throw response.status === GONE
      ? ApplicationFailure.nonRetryable(message, 'WebhookGone')
      : ApplicationFailure.retryable(message, 'WebhookRefused');
  },
});
