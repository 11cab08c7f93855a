/**
 * Whether a webhook, or the request of a step, may go to a URL: its host, with its port where one is
 * named, has to be listed. Otherwise whoever may start runs could have the workers call services that only they can reach.
 */
export function isAllowedHost(url: string, hosts: readonly string[]): boolean {
  const { protocol, host } = new URL(url);
  return (protocol === 'https:' || protocol === 'http:') && hosts.includes(host);
}
