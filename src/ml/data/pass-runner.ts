import { canonicalHash } from '../../canonical-json.ts';
import type { ArtifactRef } from '../../schemas/artifact.ts';
import type { Job } from '../../schemas/job.ts';
import {
  PreparationPass,
  type PreparationState,
  type SourcePosition,
  type SourceStamp,
} from '../../schemas/preparation-state.ts';
import { encodeSnapshot } from '../training/snapshot.ts';
import {
  attachedTo,
  type FoundPreparation,
  findPreparation,
  type PreparationLog,
} from './preparation-log.ts';
import { RowScan } from './scan-rows.ts';
import { readSource, type SourceBatch, type SourceRows, tablesOf } from './source-rows.ts';
import { stampSource } from './source-stamp.ts';
import { countRows } from './table.ts';
import { RowThreads, threadsFor } from './threads/row-threads.ts';

/** Rows between two places where a pass can begin again, and of a shard at most. */
const CHUNK_ROWS = 65_536;
/** The same where rows are images, which take far longer. */
const IMAGE_CHUNK_ROWS = 1024;

export interface PassOptions {
  readonly job: Job;
  /** A folder for files that are not finished yet. */
  readonly workFolder: string;
  /** Takes a finished file into the store. */
  save(path: string, mediaType: string): Promise<ArtifactRef>;
  /** Where a file that the store has taken lies on this machine. */
  pathOf(ref: ArtifactRef): Promise<string>;
  onProgress(progress: { readonly pass: PreparationPass; readonly rows: number }): void;
  readonly signal: AbortSignal;
  /** Without one, nothing is kept. */
  readonly log?: PreparationLog;
  readonly chunkRows?: number;
  /** This one among them; by the cores and the table where it is left out. No result depends on it. */
  readonly threads?: number;
  /** The rows of a query that the job's data is, and how people call it. */
  readonly query?: { readonly rows: ArtifactRef; readonly title: string };
}

/** What a pass adds to the state. */
interface PassState extends Partial<Pick<PreparationState, 'fit' | 'write'>> {
  readonly blobs?: readonly Uint8Array[];
}

interface Pass {
  readonly name: PreparationPass;
  readonly source: SourceRows;
  take(batch: SourceBatch): void | Promise<void>;
  /** After the rows taken so far; it looks at nothing later that rows change which come while it is waited for. */
  state(log: PreparationLog): PassState | Promise<PassState>;
}

/**
 * Runs passes over the source. Where a chunk ends, the state is kept, so that an attempt that dies
 * costs its successor one chunk at most of what it has told of.
 */
export class PassRunner {
  readonly source: SourceRows;
  readonly options: PassOptions;
  /** What an earlier attempt has left. */
  readonly found: FoundPreparation | null;
  /** Of all rows that were read, in this attempt and before. */
  readonly scan: RowScan;
  /** That work on rows of text; null where they are none. */
  readonly threads: RowThreads | null;
  readonly #stamps: SourceStamp[];
  readonly #segments: string[];
  /** Rows of the scan that its segments hold. */
  #segmented: number;
  /** Rows read since the state was kept. */
  #unkept = 0;
  /** The state that is being written, and what is to be told after it, while rows are read on; null where that is done. */
  #keeping: Promise<void> | null = null;

  private constructor(
    source: SourceRows,
    options: PassOptions,
    stamps: SourceStamp[],
    found: FoundPreparation | null,
  ) {
    this.source = source;
    this.options = options;
    this.found = found;
    this.scan = found?.scan ?? new RowScan(options.job);
    this.threads = areTexts(source)
      ? new RowThreads(options.threads ?? usualThreads(source))
      : null;
    this.#stamps = stamps;
    this.#segments = [...(found?.state.scan ?? [])];
    this.#segmented = this.scan.rows;
  }

  /** Goes on from what the log holds, if that is of the same files. */
  static async open(source: SourceRows, options: PassOptions): Promise<PassRunner> {
    const { job, log, chunkRows = usualChunk(source) } = options;
    const stamps = await stampSource(source);
    const isUsable = (state: PreparationState) =>
      state.chunkRows === chunkRows && canonicalHash(state.sources) === canonicalHash(stamps);
    const found = log === undefined ? null : await findPreparation(job, log, isUsable);
    return new PassRunner(source, options, stamps, found);
  }

  /** To be called at the end, whatever that is. */
  async close(): Promise<void> {
    await this.#keeping?.catch(() => undefined);
    await this.threads?.end();
  }

  get #chunkRows(): number {
    return this.options.chunkRows ?? usualChunk(this.source);
  }

  /** Reads what an earlier attempt has not read in this pass. */
  async run(pass: Pass): Promise<void> {
    const { signal } = this.options;
    const from = this.#beginningOf(pass.name);
    if (from === null) return;
    const threads = this.threads ?? undefined;
    const options = { signal, chunkRows: this.#chunkRows, from, threads };
    for await (const batch of readSource(pass.source, options)) {
      await pass.take(batch);
      const count = countRows(batch);
      this.#unkept += count;
      this.#tell({ pass: pass.name, rows: batch.start + count });
      if (batch.next !== null) await this.#keep(pass, batch.next);
    }
    await this.#keeping;
  }

  /** Null where the pass is done. */
  #beginningOf(pass: PreparationPass): SourcePosition | null {
    const order = PreparationPass.options;
    const found = this.found?.state;
    if (found?.pass === pass) return found.next;
    const isDone = found !== undefined && order.indexOf(found.pass) > order.indexOf(pass);
    return isDone ? null : { tables: 0, rows: 0, within: null };
  }

  /** Keeps the state, unless what was read since it was last kept makes one chunk with what comes next. */
  async #keep(pass: Pass, next: SourcePosition): Promise<void> {
    const { log } = this.options;
    const isAtEnd = next.tables === tablesOf(pass.source).length;
    const ahead = isAtEnd && pass.name === 'write' ? 0 : isAtEnd ? next.rows : this.#chunkRows;
    if (log === undefined || this.#unkept + ahead <= this.#chunkRows) return;
    this.#unkept = 0;
    await this.#keeping;
    const { scan } = this;
    const segment = scan.rows > this.#segmented ? scan.segment(this.#segmented) : null;
    this.#segmented = scan.rows;
    this.#goOnDuring(this.#save(log, segment, pass.state(log), { pass: pass.name, next }));
  }

  /** Tells of rows once the state before them is kept, so that they cost a successor a chunk at most. */
  #tell(progress: Parameters<PassOptions['onProgress']>[0]): void {
    const { onProgress } = this.options;
    if (this.#keeping === null) onProgress(progress);
    else this.#goOnDuring(this.#keeping.then(() => onProgress(progress)));
  }

  /** Goes on at once; whoever waits for `#keeping` hears of what goes wrong. */
  #goOnDuring(keeping: Promise<void>): void {
    const done = () => {
      if (this.#keeping === keeping) this.#keeping = null;
    };
    this.#keeping = keeping;
    keeping.then(done, () => undefined);
  }

  async #save(
    log: PreparationLog,
    segment: Uint8Array | null,
    made: PassState | Promise<PassState>,
    at: Pick<PreparationState, 'pass' | 'next'>,
  ): Promise<void> {
    const attached = segment === null ? [] : [log.attach(segment)];
    const [{ fit = null, write = null, blobs = [] }, ...names] = await Promise.all([
      made,
      ...attached,
    ]);
    this.#segments.push(...names);
    const state: PreparationState = {
      schemaVersion: 2,
      ...{ sources: this.#stamps, chunkRows: this.#chunkRows },
      ...(this.options.query && { rows: this.options.query.rows }),
      ...at,
      ...{ scan: this.#segments, fit, write },
    };
    await log.save(encodeSnapshot(state, blobs), attachedTo(state));
  }
}

const usualChunk = ({ imageColumn }: SourceRows): number =>
  imageColumn === null ? CHUNK_ROWS : IMAGE_CHUNK_ROWS;

const usualThreads = (source: SourceRows): number =>
  threadsFor(tablesOf(source).reduce((sum, { bytes }) => sum + bytes, 0));

const areTexts = (source: SourceRows): boolean =>
  source.imageColumn === null && tablesOf(source).every(({ isText }) => isText);
