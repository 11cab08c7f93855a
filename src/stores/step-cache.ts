import { z } from 'zod';
import { canonicalHash } from '../canonical-json.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { DocumentStore } from './document-store.ts';
import { CorruptArtifact } from './object-artifact-store.ts';
import { verifyArtifacts } from './verify-artifacts.ts';

/** What a step's outputs depend on. */
export interface StepIdentity {
  /** The kind of step, without the place where its module lies. */
  readonly uses: string;
  /** Hash of its code: a module's text, a program's files and arguments. */
  readonly code: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

const CachedStep = z.strictObject({
  schemaVersion: z.literal(1),
  uses: z.string(),
  /** The run that did it. */
  runId: z.string(),
  at: z.iso.datetime(),
  outputs: z.record(z.string(), z.unknown()),
});

/** What a step was made of when it was done last, so that a miss can say what has changed. */
const LastIdentity = z.strictObject({
  schemaVersion: z.literal(1),
  code: z.string(),
  inputs: z.record(z.string(), z.string()),
});

export type Lookup =
  | { readonly hit: true; readonly outputs: Record<string, unknown>; readonly runId: string }
  | { readonly hit: false; readonly why: string };

/** Outputs of steps by what they depend on. */
export class StepCache {
  readonly #documents: DocumentStore;
  readonly #artifacts: ArtifactStore;

  constructor(stores: { readonly documents: DocumentStore; readonly artifacts: ArtifactStore }) {
    this.#documents = stores.documents;
    this.#artifacts = stores.artifacts;
  }

  /**
   * What the step came to before: a hit exists, and every artifact in it is what its hash says.
   * @param place name of the step in its pipeline, for telling what has changed since
   */
  async find(identity: StepIdentity, place: string): Promise<Lookup> {
    const stored = await this.#documents.read(cacheDocument(identity));
    if (stored === null) return { hit: false, why: await this.#whyNew(identity, place) };
    const { outputs, runId } = CachedStep.parse(stored);
    try {
      await verifyArtifacts(this.#artifacts, outputs, new Set());
    } catch (error) {
      if (!(error instanceof CorruptArtifact)) throw error;
      return { hit: false, why: `what it came to is damaged: ${error.message}` };
    }
    return { hit: true, outputs, runId };
  }

  async keep(
    identity: StepIdentity,
    place: string,
    { runId, outputs }: { readonly runId: string; readonly outputs: Record<string, unknown> },
  ): Promise<void> {
    const at = new Date().toISOString();
    const { uses, code } = identity;
    await this.#documents.write(cacheDocument(identity), {
      schemaVersion: 1,
      uses,
      runId,
      at,
      outputs,
    });
    const inputs = hashes(identity);
    await this.#documents.write(lastDocument(place), { schemaVersion: 1, code, inputs });
  }

  async #whyNew(identity: StepIdentity, place: string): Promise<string> {
    const last = LastIdentity.safeParse(await this.#documents.read(lastDocument(place)));
    if (!last.success) return 'it was never done before';
    if (last.data.code !== identity.code) return 'its code has changed';
    const now = hashes(identity);
    const names = [...new Set([...Object.keys(now), ...Object.keys(last.data.inputs)])].sort();
    const changed = names.filter((name) => now[name] !== last.data.inputs[name]);
    return changed.length === 0
      ? 'it was done, and not kept'
      : `changed since it was done last: ${changed.join(', ')}`;
  }
}

const hashes = ({ inputs }: StepIdentity): Record<string, string> =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, canonicalHash(value)]));

const cacheDocument = (identity: StepIdentity): string => `cache/steps/${canonicalHash(identity)}`;

const lastDocument = (place: string): string => `cache/last/${canonicalHash(place)}`;
