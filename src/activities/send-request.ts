import { ApplicationFailure } from '@temporalio/common';

/**
 * Sends a request, and gives the response as it is: redirects are not followed, because they could
 * lead to a host that nobody has allowed.
 * @throws Unreachable, to be tried again, where the network is at fault
 */
export async function sendRequest(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<Response> {
  return throughNetwork(url, init.signal, () => fetch(url, { redirect: 'manual', ...init }));
}

/** Text of a response, of at most so many bytes; null where it is longer. */
export function readText(
  response: Response,
  mostBytes: number,
  signal: AbortSignal,
): Promise<string | null> {
  return throughNetwork(response.url, signal, async () => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > mostBytes) return null;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  });
}

/** Undici tells of network faults by a TypeError with a cause, which looks like a fault of the program. */
async function throughNetwork<T>(
  url: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (!(error instanceof TypeError) || !(error.cause instanceof Error)) throw error;
    const { message, code } = error.cause as NodeJS.ErrnoException;
    const why = message === '' ? String(code) : message;
    throw ApplicationFailure.retryable(`${url} could not be reached: ${why}`, 'Unreachable');
  }
}
