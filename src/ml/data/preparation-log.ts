import type { Job } from '../../schemas/job.ts';
import { PreparationState } from '../../schemas/preparation-state.ts';
import { decodeSnapshot } from '../training/snapshot.ts';
import { RowScan } from './scan-rows.ts';

/** Where a preparation keeps how far it has come. */
export interface PreparationLog {
  /** The newest state. */
  latest(): Promise<{ readonly state: Uint8Array } | null>;
  /** Keeps a piece that states refer to; gives its name, which equal pieces share. */
  attach(piece: Uint8Array): Promise<string>;
  /** Null where it is not there, or not whole. */
  attachment(name: string): Promise<Uint8Array | null>;
  /** @param attached names of the pieces without which the state is nothing */
  save(state: Uint8Array, attached: readonly string[]): Promise<void>;
}

/** A state with all that it refers to. */
export interface FoundPreparation {
  readonly state: PreparationState;
  readonly blobs: readonly Uint8Array[];
  /** Holds all rows scanned so far. */
  readonly scan: RowScan;
  /** Segments of the profiles, or what was fitted to the columns. */
  readonly pieces: readonly Uint8Array[];
}

/** What an earlier attempt has left; null where that can't be used. */
export async function findPreparation(
  job: Job,
  log: PreparationLog,
  isUsable: (state: PreparationState) => boolean,
): Promise<FoundPreparation | null> {
  const found = await log.latest();
  if (found === null) return null;
  const { document, blobs } = decodeSnapshot(found.state);
  // Another version of the program may have written it.
  const { data: state } = PreparationState.safeParse(document);
  if (state === undefined || !isUsable(state)) return null;
  const scan = new RowScan(job);
  for (const name of state.scan) {
    const segment = await log.attachment(name);
    if (segment === null) return null;
    scan.restore(segment);
  }
  const pieces: Uint8Array[] = [];
  for (const name of attachedBeside(state)) {
    const piece = await log.attachment(name);
    if (piece === null) return null;
    pieces.push(piece);
  }
  return { state, blobs, scan, pieces };
}

/** Names of all pieces that a state refers to. */
export const attachedTo = (state: PreparationState): string[] => [
  ...state.scan,
  ...attachedBeside(state),
];

const attachedBeside = ({ fit, write }: PreparationState): string[] => [
  ...(fit?.segments ?? []),
  ...(write === null ? [] : [write.columns]),
];
