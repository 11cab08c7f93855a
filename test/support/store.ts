import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseJob } from '../../src/schemas/parse-job.ts';
import type { RunEnd, RunManifest } from '../../src/schemas/run.ts';
import { type OpenStores, openStores } from '../../src/stores/index.ts';
import { runDocument } from '../../src/stores/run-documents.ts';
import { lifecyclePipeline } from '../../src/workflows/lifecycle-pipeline.ts';

export const HOUR_MS = 3_600_000;

/** Stores in a folder of their own, with times that can be set. */
export class TestStore {
  readonly home: string;
  readonly stores: OpenStores;

  private constructor(home: string) {
    this.home = home;
    this.stores = openStores({ home });
  }

  static async create(): Promise<TestStore> {
    return new TestStore(await mkdtemp(join(tmpdir(), 'sevenfold-store-')));
  }

  /** The head of a run's record; one without an end is under way. */
  async beginRun(runId: string, end: RunEnd['status'] | null): Promise<void> {
    const at = new Date().toISOString();
    const manifest: RunManifest = {
      schemaVersion: 1,
      runId,
      workflowId: `lifecycle-${runId}`,
      requestedBy: 'a test',
      startedAt: at,
      code: {},
      job: parseJob({ data: 'a.csv', target: 'left', name: 'churn' }),
      inputs: {},
      plan: lifecyclePipeline,
      end: end && { status: end, at },
      rerunOf: null,
      extensions: [],
    };
    await this.stores.documents.write(runDocument(runId), manifest);
  }

  /** Makes an object as old as this. */
  async age(key: string, hours: number): Promise<void> {
    const at = new Date(Date.now() - hours * HOUR_MS);
    await utimes(join(this.home, key), at, at);
  }

  /** Makes every object with this prefix as old as this. */
  async ageAll(prefix: string, hours: number): Promise<void> {
    for (const key of await this.keys(prefix)) await this.age(key, hours);
  }

  /** All objects with this prefix; the registry's own files are none. */
  async keys(prefix: string): Promise<string[]> {
    const listed = await this.stores.objects.list(prefix);
    return listed.map(({ key }) => key).filter((key) => !key.startsWith('registry.db'));
  }

  async remove(): Promise<void> {
    await this.stores.close();
    await rm(this.home, { recursive: true });
  }
}
