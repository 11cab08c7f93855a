/** Something in a store that should not be so. */
export interface Fault {
  readonly kind:
    | 'corrupt-artifact'
    | 'missing-artifact'
    | 'unreferenced-artifact'
    | 'stray-object'
    | 'temporary-file'
    | 'torn-entry'
    | 'entry-without-blob'
    | 'corrupt-checkpoint'
    | 'blob-without-entry'
    | 'two-completions'
    | 'unreadable-record'
    | 'wrong-step-key'
    | 'duplicate-trial'
    | 'missing-trial'
    | 'unreadable-registry'
    | 'two-versions-of-a-run'
    | 'version-gap'
    | 'dangling-alias'
    | 'unreadable-package';
  /** Key of the object, path of the file, or `model@version`. */
  readonly where: string;
  /** What is wrong, for people. */
  readonly what: string;
}
