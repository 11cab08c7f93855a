/** A computation that can't be run as a graph; the message says why. It still runs op by op. */
export class NotCompilable extends Error {
  override readonly name = 'NotCompilable';
}
