import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { prepareData } from '../ml/data/prepare.ts';
import { numericFingerprint } from '../ml/fingerprint.ts';
import type { Job } from '../schemas/job.ts';
import type { Preprocessed } from '../schemas/lifecycle-steps.ts';
import { PreparedData } from '../schemas/prepared-data.ts';
import { putJson } from '../stores/json-artifact.ts';
import type { Stores } from './index.ts';

/** Step 1. */
export const createPreprocessActivities = (
  { artifacts }: Pick<Stores, 'artifacts'>,
  workRoot: string,
) => ({
  /** Reads, cleans, splits, fits the transform on the training rows, and writes shards. */
  async preprocessData({ job }: { job: Job }): Promise<Preprocessed> {
    const context = Context.current();
    await mkdir(workRoot, { recursive: true });
    const workFolder = await mkdtemp(join(workRoot, 'preprocess-'));
    try {
      const prepared = await prepareData({
        job,
        workFolder,
        save: (path, mediaType) => artifacts.putFile(path, mediaType),
        onProgress: (progress) => context.heartbeat(progress),
        signal: context.cancellationSignal,
      });
      const document = PreparedData.parse(prepared);
      return {
        prepared: await putJson(artifacts, document),
        transform: document.transform,
        report: document.report,
        problem: document.problem,
        rows: {
          fit: document.parts.fit.rows,
          validation: document.parts.validation.rows,
          test: document.parts.test.rows,
        },
        width: document.featureNames.length,
        fingerprint: await numericFingerprint(),
      };
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  },
});
