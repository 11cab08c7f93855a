import type { ArtifactStore } from '../stores/artifact-store.ts';
import type { DocumentStore } from '../stores/document-store.ts';
import type { ModelRegistry } from '../stores/model-registry.ts';
import { createPackagingActivities, createRegistryActivities } from './deploy.ts';
import { createEvaluateActivities } from './evaluate.ts';
import { createOptimiseActivities } from './optimise.ts';
import { createPreprocessActivities } from './preprocess.ts';
import { createRerunActivities } from './rerun.ts';
import { createRetrainingActivities, createRetrainingWork } from './retrain.ts';
import { createRunActivities } from './run.ts';
import { createSelectActivities } from './select.ts';
import type { Compute } from './supervise.ts';
import { createTrainActivities } from './train.ts';
import { createTuneActivities } from './tune.ts';
import { createWebhookActivities, type WebhookSettings } from './webhook.ts';

/** Where activities read and write. */
export interface Stores {
  readonly artifacts: ArtifactStore;
  readonly documents: DocumentStore;
  readonly registry: ModelRegistry;
}

/** Quick and light: on the main task queue, beside the workflows. */
export const createBookkeepingActivities = (stores: Stores, webhooks: WebhookSettings) => ({
  ...createRunActivities(stores),
  ...createRerunActivities(stores),
  ...createSelectActivities(),
  ...createTuneActivities(),
  ...createOptimiseActivities(stores),
  ...createRegistryActivities(stores),
  ...createRetrainingActivities(stores),
  ...createWebhookActivities(webhooks),
});
export type BookkeepingActivities = ReturnType<typeof createBookkeepingActivities>;

/** Heavy: on a resource's task queue, a slot each. */
export const createHeavyActivities = (stores: Stores, compute: Compute) => ({
  ...createPreprocessActivities(compute),
  ...createTrainActivities(stores, compute),
  ...createEvaluateActivities(compute),
  ...createPackagingActivities(compute),
  ...createRetrainingWork(compute),
});
export type HeavyActivities = ReturnType<typeof createHeavyActivities>;
