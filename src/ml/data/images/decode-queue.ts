/** Decodings under way. */
const running = new Set<Promise<unknown>>();
/** The last one that is done alone. */
let alone: Promise<unknown> = Promise.resolve();

/**
 * Decodes an image beside others. The library has one text of errors for the whole process, which
 * images that are decoded at the same time clear: so one that fails is decoded again, alone, and
 * what is said of it depends on itself only.
 */
export async function sideBySide<T>(decode: () => Promise<T>): Promise<T> {
  let held: Promise<unknown>;
  do {
    held = alone;
    await held;
  } while (held !== alone);
  const decoding = decode();
  running.add(decoding);
  try {
    return await decoding;
  } catch {
    running.delete(decoding);
    const again = alone.then(() => Promise.allSettled(running)).then(decode);
    alone = again.catch(() => undefined);
    return again;
  } finally {
    running.delete(decoding);
  }
}
