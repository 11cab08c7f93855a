/**
 * A process that a supervisor started must not outlive it: when the channel between them closes,
 * the supervisor is gone, and this process ends as if it were told to.
 */
export function endWithSupervisor(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel alone shall not keep a process alive that is done.
  process.channel.unref();
}
