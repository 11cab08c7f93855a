import { openRows, type StoredRows } from '../ml/data/stored-rows.ts';
import type { ProblemShape } from '../ml/estimators/estimator.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import { type PartName, PreparedData, type PreparedPart } from '../schemas/prepared-data.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { readJson } from '../stores/json-artifact.ts';

export async function readPrepared(store: ArtifactStore, ref: ArtifactRef): Promise<PreparedData> {
  return PreparedData.parse(await readJson(store, ref));
}

/** Rows of one part of the prepared data, or of several after each other. */
export async function openParts(
  store: ArtifactStore,
  prepared: PreparedData,
  parts: readonly PartName[],
): Promise<StoredRows> {
  return openStored(
    store,
    prepared,
    parts.flatMap((part) => prepared.parts[part].shards),
  );
}

/** The rows of each shard of one part, in order. */
export function openShards(
  store: ArtifactStore,
  prepared: PreparedData,
  part: PartName,
): Promise<StoredRows[]> {
  const { shards } = prepared.parts[part];
  return Promise.all(shards.map((shard) => openStored(store, prepared, [shard])));
}

async function openStored(
  store: ArtifactStore,
  { layout, targetScale, problem }: PreparedData,
  stored: PreparedPart['shards'],
): Promise<StoredRows> {
  const shards = await Promise.all(
    stored.map(async ({ artifact, rows }) => ({ path: await store.localPath(artifact), rows })),
  );
  return openRows({ shards, layout, targetScale, task: problem.task });
}

export function shapeOf({
  problem,
  featureNames,
  classCounts,
  layout,
}: PreparedData): ProblemShape {
  return {
    task: problem.task,
    layout,
    width: featureNames.length,
    classes: problem.classes.length,
    classCounts,
    image: layout.image,
  };
}
