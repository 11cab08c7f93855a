import { canonicalHash, canonicalJson } from '../../canonical-json.ts';
import type { ArtifactRef } from '../../schemas/artifact.ts';
import type { Job } from '../../schemas/job.ts';
import {
  FittedColumns,
  PreparationPass,
  type PreparationState,
  type SourcePosition,
  type SourceStamp,
} from '../../schemas/preparation-state.ts';
import type { PreparedData } from '../../schemas/prepared-data.ts';
import { encodeSnapshot } from '../training/snapshot.ts';
import type { AssignedRows } from './assign-rows.ts';
import { ColumnProfiles } from './column-profiles.ts';
import { fitColumns } from './fit-columns.ts';
import type { FittedTransform } from './fitted-transform.ts';
import {
  attachedTo,
  type FoundPreparation,
  findPreparation,
  type PreparationLog,
} from './preparation-log.ts';
import { RowScan, type ScannedRows } from './scan-rows.ts';
import { readSource, type SourceBatch, type SourceRows, tablesOf } from './source-rows.ts';
import { stampSource } from './source-stamp.ts';
import { PartsWriter } from './write-parts.ts';

/** Rows between two places where a pass can begin again, and of a shard at most. */
const CHUNK_ROWS = 65_536;

export interface PassOptions {
  readonly job: Job;
  /** A folder for files that are not finished yet. */
  readonly workFolder: string;
  /** Takes a finished file into the store. */
  save(path: string, mediaType: string): Promise<ArtifactRef>;
  onProgress(progress: { readonly pass: PreparationPass; readonly rows: number }): void;
  readonly signal: AbortSignal;
  /** Without one, nothing is kept. */
  readonly log?: PreparationLog;
  readonly chunkRows?: number;
}

/** What a pass adds to the state. */
interface PassState extends Partial<Pick<PreparationState, 'fit' | 'write'>> {
  readonly blobs?: readonly Uint8Array[];
}

interface Pass {
  readonly name: PreparationPass;
  readonly source: SourceRows;
  take(batch: SourceBatch): void | Promise<void>;
  state(log: PreparationLog): Promise<PassState>;
}

/**
 * The three passes over the source. Where a chunk ends, the state is kept, so that an attempt that
 * dies costs its successor one chunk at most; what follows from the state is computed again.
 */
export class PreparationPasses {
  readonly #source: SourceRows;
  readonly #options: PassOptions;
  readonly #chunkRows: number;
  readonly #stamps: SourceStamp[];
  readonly #found: FoundPreparation | null;
  readonly #scan: RowScan;
  readonly #segments: string[];
  /** Rows that the segments hold. */
  #segmented: number;
  /** Rows read since the state was kept. */
  #unkept = 0;

  private constructor(
    source: SourceRows,
    options: PassOptions,
    stamps: SourceStamp[],
    found: FoundPreparation | null,
  ) {
    this.#source = source;
    this.#options = options;
    this.#chunkRows = options.chunkRows ?? CHUNK_ROWS;
    this.#stamps = stamps;
    this.#found = found;
    this.#scan = found?.scan ?? new RowScan(options.job);
    this.#segments = [...(found?.state.scan ?? [])];
    this.#segmented = this.#scan.rows;
  }

  /** Goes on from what the log holds, if that is of the same files. */
  static async open(source: SourceRows, options: PassOptions): Promise<PreparationPasses> {
    const { job, log, chunkRows = CHUNK_ROWS } = options;
    const stamps = await stampSource(source);
    const isUsable = (state: PreparationState) =>
      state.chunkRows === chunkRows && canonicalHash(state.sources) === canonicalHash(stamps);
    const found = log === undefined ? null : await findPreparation(job, log, isUsable);
    return new PreparationPasses(source, options, stamps, found);
  }

  async scan(): Promise<ScannedRows> {
    const scan = this.#scan;
    await this.#run({
      name: 'scan',
      source: this.#source,
      take: (batch) => scan.take(batch),
      state: async () => ({}),
    });
    return scan.scanned();
  }

  /** What each column is, and how it is transformed, by the training rows. */
  async fit({ parts }: AssignedRows): Promise<FittedColumns> {
    const { job } = this.#options;
    const { state, pieces = [], blobs = [] } = this.#found ?? {};
    if (state?.write) return parseColumns(pieces[0] as Uint8Array);
    const { table } = this.#source;
    const columns = new ColumnProfiles(table.columns, new Set(job.columns.missing), parts);
    const segments = [...(state?.fit?.segments ?? [])];
    if (state?.fit) {
      for (const piece of pieces) columns.grow(piece);
      columns.restore(state.fit.profiles, blobs);
    }
    await this.#run({
      name: 'fit',
      source: { table, testTable: null },
      take: (batch) => columns.take(batch),
      async state(log) {
        segments.push(await log.attach(columns.segment()));
        const { profiles, blobs } = columns.snapshot();
        return { fit: { segments, profiles }, blobs };
      },
    });
    // As a resumed attempt reads them, to the last bit.
    return parseColumns(formatColumns(fitColumns(job, columns.profiles)));
  }

  /** Writes the shards of all parts. */
  async write(
    assigned: AssignedRows,
    columns: FittedColumns,
    transform: FittedTransform,
  ): Promise<PreparedData['parts']> {
    const published = this.#found?.state.write?.parts;
    const writer = new PartsWriter(assigned, transform, this.#options, published);
    try {
      await this.#run({
        name: 'write',
        source: this.#source,
        take: (batch) => writer.take(batch),
        state: async (log) => ({
          write: { columns: await log.attach(formatColumns(columns)), parts: writer.parts },
        }),
      });
      return writer.parts;
    } finally {
      await writer.abandon();
    }
  }

  async #run(pass: Pass): Promise<void> {
    const { signal, onProgress } = this.#options;
    const from = this.#beginningOf(pass.name);
    if (from === null) return;
    const options = { signal, chunkRows: this.#chunkRows, from };
    for await (const batch of readSource(pass.source, options)) {
      await pass.take(batch);
      this.#unkept += batch.rows.length;
      onProgress({ pass: pass.name, rows: batch.start + batch.rows.length });
      if (batch.next !== null) await this.#keep(pass, batch.next);
    }
  }

  /** Null where the pass is done. */
  #beginningOf(pass: PreparationPass): SourcePosition | null {
    const order = PreparationPass.options;
    const found = this.#found?.state;
    const difference = found ? order.indexOf(pass) - order.indexOf(found.pass) : 1;
    if (difference > 0) return { tables: 0, rows: 0, within: null };
    return difference === 0 && found ? found.next : null;
  }

  /** Keeps the state, unless what was read since it was last kept, and what comes next, make one chunk. */
  async #keep(pass: Pass, next: SourcePosition): Promise<void> {
    const { log } = this.#options;
    const isAtEnd = next.tables === tablesOf(pass.source).length;
    const ahead = isAtEnd && pass.name === 'write' ? 0 : isAtEnd ? next.rows : this.#chunkRows;
    if (log === undefined || this.#unkept + ahead <= this.#chunkRows) return;
    if (this.#scan.rows > this.#segmented) {
      this.#segments.push(await log.attach(this.#scan.segment(this.#segmented)));
      this.#segmented = this.#scan.rows;
    }
    const { fit = null, write = null, blobs = [] } = await pass.state(log);
    const state: PreparationState = {
      schemaVersion: 1,
      ...{ sources: this.#stamps, chunkRows: this.#chunkRows },
      ...{ pass: pass.name, next, scan: this.#segments, fit, write },
    };
    await log.save(encodeSnapshot(state, blobs), attachedTo(state));
    this.#unkept = 0;
  }
}

const formatColumns = (columns: FittedColumns): Uint8Array => Buffer.from(canonicalJson(columns));

const parseColumns = (bytes: Uint8Array): FittedColumns =>
  FittedColumns.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
