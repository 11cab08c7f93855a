/** One thing that Sevenfold stands on, as found on this machine. */
export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'missing';
  readonly found: string;
  /** The one command or act that mends it; null where nothing needs mending. */
  readonly remedy: string | null;
}
