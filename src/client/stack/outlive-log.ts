/**
 * A process that serves goes on while its log can't be written, for want of room on the disk or of
 * a reader: what it serves matters more than what it says.
 */
export function outliveLog(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
