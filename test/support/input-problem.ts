import { InputError, type InputProblem } from '../../src/errors.ts';

/** What a call is refused for. */
export function problemIn(call: () => unknown): InputProblem {
  try {
    call();
  } catch (error) {
    if (error instanceof InputError) return error.problem;
    throw error;
  }
  throw new Error('It was not refused.');
}

/** What a promise is rejected for. */
export async function problemOfRejected(promise: Promise<unknown>): Promise<InputProblem> {
  const error: unknown = await promise.then(
    () => new Error('It was not refused.'),
    (error: unknown) => error,
  );
  if (error instanceof InputError) return error.problem;
  throw error;
}
