import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type PrepareOptions, prepareData } from '../../src/ml/data/prepare.ts';
import { openRows } from '../../src/ml/data/stored-rows.ts';
import type { ArtifactRef } from '../../src/schemas/artifact.ts';
import { DataReport } from '../../src/schemas/data-report.ts';
import type { Job } from '../../src/schemas/job.ts';
import { type PartName, PreparedData } from '../../src/schemas/prepared-data.ts';
import { FileObjectStore } from '../../src/stores/file-object-store.ts';
import { ObjectArtifactStore } from '../../src/stores/object-artifact-store.ts';

type Progress = Parameters<PrepareOptions['onProgress']>[0];

/** Prepares a table into a store in `folder`, and keeps an eye on what is left where. */
export class Preparation {
  readonly saved: string[] = [];
  readonly progress: Progress[] = [];
  readonly #store: ObjectArtifactStore;
  readonly #work: string;
  readonly #stop = new AbortController();

  private constructor(folder: string, work: string) {
    this.#store = new ObjectArtifactStore(new FileObjectStore(join(folder, 'home')));
    this.#work = work;
  }

  static async in(folder: string): Promise<Preparation> {
    return new Preparation(folder, await mkdtemp(join(folder, 'work-')));
  }

  /** @param onProgress may cancel what it is told of. */
  async run(job: Job, onProgress?: (progress: Progress, cancel: () => void) => void) {
    const prepared = await prepareData({
      job,
      workFolder: this.#work,
      save: (path, mediaType) => {
        this.saved.push(mediaType);
        return this.#store.putFile(path, mediaType);
      },
      pathOf: (ref) => this.#store.localPath(ref),
      onProgress: (progress) => {
        this.progress.push(progress);
        onProgress?.(progress, () => this.#stop.abort(new Error('cancelled')));
      },
      signal: this.#stop.signal,
    });
    const report = DataReport.parse(await this.#readJson(prepared.report));
    return { prepared: PreparedData.parse(prepared), report };
  }

  /** Files that are not finished. */
  leftovers(): Promise<string[]> {
    return readdir(this.#work);
  }

  /** The rows of a part. */
  async open({ parts, layout, targetScale, problem }: PreparedData, part: PartName) {
    const shards = await Promise.all(
      parts[part].shards.map(async ({ artifact, rows }) => ({
        path: await this.#store.localPath(artifact),
        rows,
      })),
    );
    return openRows({ shards, layout, targetScale, task: problem.task });
  }

  async #readJson(ref: ArtifactRef): Promise<unknown> {
    return JSON.parse(Buffer.from(await this.#store.read(ref)).toString());
  }
}
