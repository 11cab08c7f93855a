import { z } from 'zod';
import { ArtifactRef } from '../schemas/artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { inBatches } from './in-batches.ts';
import type { OpenStores } from './index.ts';
import { readJson } from './json-artifact.ts';
import type { ModelRegistry } from './model-registry.ts';
import type { Survey } from './survey-store.ts';

/** Something that refers to artifacts, and can't be read: what it refers to is not known. */
export interface Unreadable {
  /** Key of a document, or of a JSON artifact. */
  readonly key: string;
  readonly reason: string;
}

export interface References {
  /** Every artifact that is referred to, by its place, and who does: the first that was found. */
  readonly artifacts: ReadonlyMap<string, { readonly ref: ArtifactRef; readonly from: string }>;
  readonly unreadable: readonly Unreadable[];
}

/** Later versions may say more of an artifact. */
const AnyRef = z.looseObject(ArtifactRef.shape);

/**
 * Everything that documents, registered versions and the outcomes in logs refer to, directly or
 * through JSON artifacts.
 * @param isLeftOut objects, by key, whose references don't count
 */
export async function collectReferences(
  stores: Pick<OpenStores, 'objects' | 'artifacts' | 'registry'>,
  survey: Pick<Survey, 'documents' | 'runs'>,
  isLeftOut: (key: string) => boolean = () => false,
): Promise<References> {
  const found = new Map<string, { ref: ArtifactRef; from: string }>();
  const unreadable: Unreadable[] = [];
  let unread: [from: string, value: unknown][] = [];
  const documents = survey.documents.filter(({ key }) => !isLeftOut(key));
  await inBatches(documents, async ({ key }) => {
    // One that was removed meanwhile refers to nothing.
    const bytes = await stores.objects.read(key);
    await attempt(unreadable, key, () => {
      if (bytes !== null) unread.push([key, JSON.parse(Buffer.from(bytes).toString('utf8'))]);
    });
  });
  unread.push(...outcomesOf(survey, isLeftOut), ...(await packagesOf(stores.registry)));
  while (unread.length > 0) {
    const added: ArtifactRef[] = [];
    for (const [from, value] of unread) {
      for (const ref of refsIn(value)) {
        if (found.has(ref.uri)) continue;
        found.set(ref.uri, { ref, from });
        if (ref.mediaType === 'application/json') added.push(ref);
      }
    }
    unread = await readAll(stores.artifacts, added, unreadable);
  }
  return { artifacts: found, unreadable };
}

async function readAll(
  store: ArtifactStore,
  refs: readonly ArtifactRef[],
  unreadable: Unreadable[],
): Promise<[string, unknown][]> {
  const read: [string, unknown][] = [];
  await inBatches(refs, (ref) =>
    attempt(unreadable, ref.uri, async () => {
      read.push([ref.uri, await readJson(store, ref)]);
    }),
  );
  return read;
}

async function attempt(
  unreadable: Unreadable[],
  key: string,
  read: () => void | Promise<void>,
): Promise<void> {
  try {
    await read();
  } catch (error) {
    // A store that can't be reached says nothing about what it holds.
    if (typeof (error as NodeJS.ErrnoException).code === 'string') throw error;
    unreadable.push({ key, reason: error instanceof Error ? error.message : String(error) });
  }
}

const outcomesOf = (
  { runs }: Pick<Survey, 'runs'>,
  isLeftOut: (key: string) => boolean,
): [string, unknown][] =>
  runs
    .flatMap(({ logs }) => logs.flatMap(({ entries }) => entries))
    .flatMap(({ info, entry }): [string, unknown][] =>
      entry?.kind === 'completion' && !isLeftOut(info.key) ? [[info.key, entry.outcome]] : [],
    );

const packagesOf = async (registry: ModelRegistry): Promise<[string, unknown][]> =>
  (await registry.list()).map((version) => [
    `${version.model}@${version.version}`,
    version.package,
  ]);

/** Every value of the shape of an ArtifactRef inside a value, at any depth. */
export function* refsIn(value: unknown): Generator<ArtifactRef> {
  if (value === null || typeof value !== 'object') return;
  if ('sha256' in value && 'uri' in value) {
    const ref = AnyRef.safeParse(value);
    if (ref.success) yield ref.data;
  }
  for (const nested of Object.values(value)) yield* refsIn(nested);
}
