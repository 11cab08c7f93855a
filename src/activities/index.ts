import type { ArtifactStore } from '../stores/artifact-store.ts';
import type { DocumentStore } from '../stores/document-store.ts';
import type { ModelRegistry } from '../stores/model-registry.ts';
import { createCallActivities } from './call-out.ts';
import type { CallSettings } from './check-calls.ts';
import { createPackagingActivities, createRegistryActivities } from './deploy.ts';
import { createEvaluateActivities } from './evaluate.ts';
import { createEnsembleActivities, createOptimiseActivities } from './optimise.ts';
import { createPipelineActivities } from './pipeline.ts';
import { createPreprocessActivities } from './preprocess.ts';
import { createRerunActivities } from './rerun.ts';
import { createRetrainingActivities, createRetrainingWork } from './retrain.ts';
import { createStreakActivities } from './retraining-streak.ts';
import { createRunActivities } from './run.ts';
import { createSelectActivities } from './select.ts';
import { createStepActivities, type Programs } from './step.ts';
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
/** @param pipelinesFolder where pipelines lie that are asked for by name */
export const createBookkeepingActivities = (
  stores: Stores,
  webhooks: WebhookSettings,
  pipelinesFolder: string,
  calls: CallSettings,
) => ({
  ...createRunActivities(stores),
  ...createRerunActivities(stores),
  ...createSelectActivities(),
  ...createTuneActivities(),
  ...createOptimiseActivities(stores),
  ...createRegistryActivities(stores),
  ...createRetrainingActivities(stores),
  ...createStreakActivities(stores),
  ...createWebhookActivities(webhooks),
  ...createPipelineActivities(stores, pipelinesFolder, calls),
  ...createCallActivities(stores, calls),
});
export type BookkeepingActivities = ReturnType<typeof createBookkeepingActivities>;

/** Heavy: on a resource's task queue, a slot each. */
export const createHeavyActivities = (stores: Stores, compute: Compute, programs: Programs) => ({
  ...createPreprocessActivities(compute),
  ...createTrainActivities(stores, compute),
  ...createEvaluateActivities(compute),
  ...createEnsembleActivities(compute),
  ...createPackagingActivities(compute),
  ...createRetrainingWork(compute),
  ...createStepActivities(stores, compute, programs),
});
export type HeavyActivities = ReturnType<typeof createHeavyActivities>;
