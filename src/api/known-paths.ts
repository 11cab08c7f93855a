import type { RouteOptions } from 'fastify';

/** Which methods each path of a server takes. */
export class KnownPaths {
  readonly #routes: Pick<RouteOptions, 'url' | 'method'>[] = [];

  add({ url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
    this.#routes.push({ url, method });
  }

  /** None where there is no such path. */
  methodsOf(url: string): string[] {
    const parts = (url.split('?')[0] ?? '').split('/');
    const found = this.#routes.filter((route) => fits(route.url.split('/'), parts));
    return [...new Set(found.flatMap(({ method }) => method))].sort();
  }
}

const fits = (pattern: readonly string[], parts: readonly string[]): boolean =>
  pattern.length === parts.length &&
  pattern.every((part, index) =>
    part.startsWith(':') ? parts[index] !== '' : part === parts[index],
  );
