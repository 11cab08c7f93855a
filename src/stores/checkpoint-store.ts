/** The latest state of a training under way, by name: written whole, gone when it is done. */
export interface CheckpointStore {
  save(name: string, state: Uint8Array): Promise<void>;
  /** Null when there is none, or none that is whole. */
  load(name: string): Promise<Uint8Array | null>;
  remove(name: string): Promise<void>;
}
