import { z } from 'zod';
import { PipelineResult } from './pipeline-run.ts';
import { LifecycleResult } from './run.ts';

/** Whom the end of a run is announced to. */
export const WebhookTarget = z.strictObject({
  url: z.string(),
  /** Of the API token whose secret signs it. */
  tokenId: z.string(),
});
export type WebhookTarget = z.infer<typeof WebhookTarget>;

/** What a webhook says: how a run ended. */
export const Announcement = z.strictObject({
  type: z.enum(['run.completed', 'run.failed', 'run.cancelled']),
  timestamp: z.iso.datetime(),
  data: z.strictObject({
    id: z.string(),
    runId: z.string(),
    result: z.union([LifecycleResult, PipelineResult]).nullable(),
    /** Why it failed; null where it did not. */
    failure: z
      .strictObject({ code: z.string(), message: z.string(), problem: z.unknown() })
      .nullable(),
  }),
});
export type Announcement = z.infer<typeof Announcement>;
