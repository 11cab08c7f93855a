import type { FastifyRequest } from 'fastify';
import { InputError } from '../errors.ts';
import type { ApiToken, TokenScope } from '../schemas/api-token.ts';
import type { TokenStore } from '../stores/token-store.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null where the path is open to all. */
    token: ApiToken | null;
  }
  interface FastifyContextConfig {
    /** What a token has to allow; paths without one are open to all. */
    readonly scope?: TokenScope;
  }
}

/** A token that was looked up holds for so long: as long as a revoked one may still be used. */
const KEPT_MS = 2_000;
const MOST_KEPT = 1_000;

/** Finds out whose request it is, and whether the path is open to them. */
export function authenticator(tokens: TokenStore) {
  const known = new Map<string, { readonly token: ApiToken; readonly untilMs: number }>();
  const lookUp = async (text: string): Promise<ApiToken | null> => {
    const nowMs = Date.now();
    const kept = known.get(text);
    if (kept !== undefined && kept.untilMs > nowMs) return kept.token;
    const token = await tokens.verify(text, nowMs);
    if (known.size >= MOST_KEPT) known.clear();
    if (token === null) known.delete(text);
    else known.set(text, { token, untilMs: nowMs + KEPT_MS });
    return token;
  };
  return async (request: FastifyRequest): Promise<void> => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    const [, text = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const token = await lookUp(text);
    if (token === null) throw noToken();
    if (!token.scopes.includes(scope)) throw scopeMissing(token, scope);
    request.token = token;
  };
}

const noToken = (): InputError =>
  new InputError({
    ...{ code: 'NoToken', field: 'authorization', value: null },
    expected: "'Bearer' and a token that is valid",
    remedy: "Make one with 'sevenfold token create'.",
  });

export const scopeMissing = ({ scopes }: ApiToken, scope: TokenScope): InputError =>
  new InputError({
    ...{ code: 'ScopeMissing', field: 'authorization', value: scopes.join(', ') },
    expected: `a token with the scope ${scope}`,
    remedy: `Make one with 'sevenfold token create <name> --scopes ${scope}'.`,
  });
