/** What the user gave, what was expected instead, and how to mend it. */
export interface InputProblem {
  /** Stable name of the kind of fault, PascalCase: `ColumnNotFound`, `DataFileMissing`. */
  readonly code: string;
  /** Path of the offending field, as the user wrote it: `target`, `split.column`, `data`. */
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
  readonly remedy: string;
}

/**
 * A fault in what the user gave: never retried, always explained.
 * Activities turn it into a non-retryable ApplicationFailure of type `code`; the command prints its message.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problem: InputProblem;

  constructor(problem: InputProblem, options?: ErrorOptions) {
    super(describeInputProblem(problem), options);
    this.problem = problem;
  }
}

export function describeInputProblem({ field, value, expected, remedy }: InputProblem): string {
  return `${field}: got ${quoteValue(value)}; expected ${expected}. ${remedy}`;
}

function quoteValue(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
