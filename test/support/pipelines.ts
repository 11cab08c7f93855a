import { parsePipeline } from '../../src/pipelines/parse-pipeline.ts';
import type { Pipeline } from '../../src/schemas/pipeline.ts';

/** A pipeline named test, of these steps as users write them. */
export const pipelineOf = (
  steps: readonly object[],
  more: Readonly<Record<string, unknown>> = {},
): Pipeline => parsePipeline({ name: 'test', steps, ...more });
