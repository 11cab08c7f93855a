import { type LogEntry, SealedEntry } from '../../src/schemas/checkpoint.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';

/** A piece of work under way, as its log tells. */
export interface WorkUnderWay {
  readonly lineage: string;
  /** The process that holds it. */
  readonly pid: number;
  readonly claimedAtMs: number;
  /** When its state was last kept; its claim where there is no checkpoint yet. */
  readonly keptAtMs: number;
  /** When its state was last kept before that claim; 0 where it never was. */
  readonly keptBeforeMs: number;
  readonly claims: number;
}

/** All work of a run that is not done yet. */
export async function workUnderWay(objects: ObjectStore, runId: string): Promise<WorkUnderWay[]> {
  const logs = new Map<string, LogEntry[]>();
  for (const { key } of await objects.list(`checkpoints/${runId}/`)) {
    const [, , name = '', part] = key.split('/');
    if (part !== 'log') continue;
    const bytes = await objects.read(key);
    if (bytes === null) continue;
    const sealed = SealedEntry.safeParse(parseJson(bytes));
    if (!sealed.success) continue;
    const lineage = `${runId}/${name}`;
    logs.set(lineage, [...(logs.get(lineage) ?? []), sealed.data.entry]);
  }
  return [...logs].flatMap(([lineage, entries]) => describe(lineage, entries));
}

function describe(lineage: string, entries: LogEntry[]): WorkUnderWay[] {
  const claims = entries.filter((entry) => entry.kind === 'claim');
  const claim = claims.at(-1);
  if (claim === undefined || entries.some(({ kind }) => kind === 'completion')) return [];
  const claimedAtMs = Date.parse(claim.at);
  const keptAt = (ones: readonly LogEntry[]) => {
    const kept = ones.filter((entry) => entry.kind === 'checkpoint').at(-1);
    return kept === undefined ? 0 : Date.parse(kept.at);
  };
  return [
    {
      ...{ lineage, pid: claim.pid, claimedAtMs, claims: claims.length },
      keptAtMs: Math.max(claimedAtMs, keptAt(entries)),
      keptBeforeMs: keptAt(entries.slice(0, entries.indexOf(claim))),
    },
  ];
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
