/** Small mutable JSON documents by key (`runs/<id>/manifest`): written atomically, whole. */
export interface DocumentStore {
  write(key: string, document: unknown): Promise<void>;
  /** Null when there is none. */
  read(key: string): Promise<unknown>;
  /** Keys that start with this prefix, in order. */
  list(prefix: string): Promise<string[]>;
}
