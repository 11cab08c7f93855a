import type { ArtifactRef } from '../schemas/artifact.ts';
import type { ModelVersion } from '../schemas/model-package.ts';

export interface NewVersion {
  readonly model: string;
  readonly package: ArtifactRef;
  readonly runId: string;
  readonly createdAt: string;
  readonly metric: string;
  readonly score: number;
  /** Moves to the version when it is new: a repetition, however late, moves nothing. */
  readonly alias?: string;
}

/** A name that points at a version of a model. */
export interface Alias {
  readonly model: string;
  readonly alias: string;
  readonly version: number;
}

/** Models, their immutable versions (1, 2, …), and aliases that point at one of them. */
export interface ModelRegistry {
  /** Idempotent by run: the same run gets the same version again. */
  register(version: NewVersion): Promise<ModelVersion>;
  setAlias(model: string, alias: string, version: number): Promise<void>;
  /**
   * Moves an alias only from the version where it is thought to be (null: nowhere). Whether it
   * stands at the new one now, so that a repetition says the same.
   */
  replaceAlias(model: string, alias: string, from: number | null, to: number): Promise<boolean>;
  /** By version, by alias, or the newest when neither is given; null when there is none. */
  find(model: string, which?: { version?: number; alias?: string }): Promise<ModelVersion | null>;
  list(model?: string): Promise<ModelVersion[]>;
  /** Every alias, also one whose version is not there. */
  listAliases(): Promise<Alias[]>;
  close(): Promise<void>;
}
