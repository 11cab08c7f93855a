import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { z } from 'zod';
import type { CheckpointLog } from '../../stores/checkpoint-log.ts';
import { MetricValue } from './progress-lines.ts';

/** A checkpoint of a program: its files, and what it had told of until then. */
const Kept = z.strictObject({
  name: z.string(),
  files: z.array(z.strictObject({ path: z.string(), blob: z.string() })),
  metrics: z.array(MetricValue),
});

/** Keeps what a program announces as a checkpoint in its log, and gives it back to the next attempt. */
export class ProgramCheckpoints {
  readonly #log: CheckpointLog;
  readonly #folder: string;

  constructor(log: CheckpointLog, folder: string) {
    this.#log = log;
    this.#folder = folder;
  }

  /** Puts the newest whole checkpoint into the folder; null where there is none. */
  async restore(): Promise<{ readonly path: string; readonly metrics: MetricValue[] } | null> {
    const latest = await this.#log.latest();
    if (latest === null) return null;
    const { name, files, metrics } = Kept.parse(JSON.parse(Buffer.from(latest.state).toString()));
    for (const { path, blob } of files) {
      const bytes = await this.#log.attachment(blob);
      // A piece that is damaged makes the whole useless: from the start, then.
      if (bytes === null) return null;
      await mkdir(dirname(join(this.#folder, path)), { recursive: true });
      await writeFile(join(this.#folder, path), bytes);
    }
    return { path: join(this.#folder, name), metrics };
  }

  /**
   * Keeps a file or folder of the checkpoint folder; one that is gone already has a successor.
   * @throws Fenced when another attempt has claimed the log
   */
  async keep(name: string, metrics: readonly MetricValue[]): Promise<boolean> {
    const paths = await this.#filesOf(name);
    if (paths === null) return false;
    const files: z.infer<typeof Kept>['files'] = [];
    for (const path of paths) {
      const bytes = await readFile(join(this.#folder, path)).catch(() => null);
      if (bytes === null) return false;
      files.push({ path, blob: await this.#log.attach(bytes) });
    }
    const state = Kept.parse({ name, files, metrics });
    const blobs = [...new Set(files.map(({ blob }) => blob))];
    await this.#log.save(Buffer.from(JSON.stringify(state)), blobs);
    return true;
  }

  /** Its files, relative to the folder; null where there is nothing of this name below it. */
  async #filesOf(name: string): Promise<string[] | null> {
    const path = normalize(name);
    if (path.startsWith('..') || path.startsWith('/')) return null;
    const found = await stat(join(this.#folder, path)).catch(() => null);
    if (found === null) return null;
    if (!found.isDirectory()) return [path];
    const entries = await readdir(join(this.#folder, path), {
      recursive: true,
      withFileTypes: true,
    });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#folder.length + 1))
      .sort();
  }
}
