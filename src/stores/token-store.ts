import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ApiToken, type TokenScope } from '../schemas/api-token.ts';
import type { DocumentStore } from './document-store.ts';

const PREFIX = 'tokens/';
const FORMAT = /^sf_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/**
 * API tokens: `sf_<id>_<secret>`. The secret has 256 random bits, so that a plain hash of it, which
 * is all that is kept, tells nothing.
 */
export class TokenStore {
  readonly #documents: DocumentStore;

  constructor(documents: DocumentStore) {
    this.#documents = documents;
  }

  /** Gives the token's text, which is shown this once. */
  async create(request: {
    readonly name: string;
    readonly scopes: readonly TokenScope[];
    readonly expiresAt: Date | null;
  }): Promise<{ text: string; token: ApiToken }> {
    const id = randomBytes(8).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    const token: ApiToken = {
      schemaVersion: 1,
      id,
      name: request.name,
      secretHash: hashOf(secret).toString('hex'),
      scopes: [...request.scopes],
      createdAt: new Date().toISOString(),
      expiresAt: request.expiresAt?.toISOString() ?? null,
      revokedAt: null,
    };
    await this.#documents.write(`${PREFIX}${id}`, ApiToken.parse(token));
    return { text: `sf_${id}_${secret}`, token };
  }

  /** The token of a text; null for what is none, or is not valid any more. */
  async verify(text: string, nowMs = Date.now()): Promise<ApiToken | null> {
    const [, id, secret] = FORMAT.exec(text) ?? [];
    if (id === undefined || secret === undefined) return null;
    const token = await this.#read(id);
    if (token === null || token.revokedAt !== null) return null;
    if (token.expiresAt !== null && Date.parse(token.expiresAt) <= nowMs) return null;
    return timingSafeEqual(Buffer.from(token.secretHash, 'hex'), hashOf(secret)) ? token : null;
  }

  async list(): Promise<ApiToken[]> {
    const keys = await this.#documents.list(PREFIX);
    const tokens = await Promise.all(keys.map((key) => this.#read(key.slice(PREFIX.length))));
    return tokens.filter((token) => token !== null);
  }

  /** False where there is no such token. */
  async revoke(id: string): Promise<boolean> {
    const token = await this.#read(id);
    if (token === null) return false;
    const revokedAt = token.revokedAt ?? new Date().toISOString();
    await this.#documents.write(`${PREFIX}${id}`, ApiToken.parse({ ...token, revokedAt }));
    return true;
  }

  async #read(id: string): Promise<ApiToken | null> {
    const document = await this.#documents.read(`${PREFIX}${id}`);
    return document === null ? null : ApiToken.parse(document);
  }
}
