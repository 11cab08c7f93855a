import type { ApiToken } from '../../schemas/api-token.ts';
import { TokenScope } from '../../schemas/api-token.ts';
import { openStores } from '../../stores/index.ts';
import { TokenStore } from '../../stores/token-store.ts';
import { callSecret, webhookKey, webhookSecret } from '../../stores/webhook-key.ts';
import { type Command, ExitCode, type Invocation, usageError } from '../command.ts';
import { formatTable } from '../output.ts';

type Action = (tokens: TokenStore, invocation: Invocation) => Promise<void>;

const actions: Readonly<Record<string, Action>> = {
  async create(tokens, { config, output, options, positionals }) {
    const name = positionals[1];
    if (name === undefined || name.length > 100) {
      throw usageError('name', name, 'a name for whoever will hold the token, such as pricing');
    }
    const lifeMs = options.durationMs('expires');
    const { text, token } = await tokens.create({
      name,
      scopes: readScopes(options.text('scopes')),
      expiresAt: lifeMs === undefined ? null : new Date(Date.now() + lifeMs),
    });
    const secret = webhookSecret(await webhookKey(config.home), token.id);
    output.line(`token           ${text}`);
    output.line(`webhook secret  ${secret}`);
    output.line('\nNeither is shown again; the token is kept as a hash.');
    output.result({ id: token.id, token: text, webhookSecret: secret });
  },
  async list(tokens, { output }) {
    const found = await tokens.list();
    const rows = found.map((token) => [
      token.id,
      token.name,
      token.scopes.join(', '),
      stateOf(token),
    ]);
    output.line(
      rows.length === 0 ? 'no tokens yet' : formatTable([['id', 'name', 'scopes', ''], ...rows]),
    );
    output.result({ tokens: found.map((token) => ({ ...token, secretHash: undefined })) });
  },
  async secret(_tokens, { config, output, positionals }) {
    const host = positionals[1] ?? '';
    if (!URL.canParse(`http://${host}`) || new URL(`http://${host}`).host !== host) {
      throw usageError('host', host, 'a host as URLs write it, such as jobs.example.com:8443');
    }
    const secret = callSecret(await webhookKey(config.home), host);
    output.line(secret);
    output.result({ host, callSecret: secret });
  },
  async revoke(tokens, { output, positionals }) {
    const id = positionals[1] ?? '';
    const isRevoked = /^[0-9a-f]{16}$/.test(id) && (await tokens.revoke(id));
    if (!isRevoked) throw usageError('id', id, "the id of a token: see 'sevenfold token list'");
    output.line(`revoked ${id}`);
    output.result({ id });
  },
};

export const token: Command = {
  usage: `create <name> [--scopes runs:read,runs:write] [--expires 90d]
sevenfold token list
sevenfold token revoke <id>
sevenfold token secret <host>   what a host verifies the requests of HTTP steps with

The scope graphs:write lets its holder write graphs, and so run programs on the workers.`,
  options: { scopes: { type: 'string' }, expires: { type: 'string' } },
  async run(invocation) {
    const { config, positionals } = invocation;
    const name = positionals[0] ?? '';
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) {
      throw usageError('token', name, `one of ${Object.keys(actions).join(', ')}`);
    }
    const stores = openStores(config);
    try {
      await action(new TokenStore(stores.documents), invocation);
      return ExitCode.done;
    } finally {
      await stores.close();
    }
  },
};

function readScopes(text = 'runs:read,runs:write'): TokenScope[] {
  return text.split(',').map((name) => {
    const parsed = TokenScope.safeParse(name.trim());
    if (parsed.success) return parsed.data;
    throw usageError('--scopes', name, `some of ${TokenScope.options.join(', ')}`);
  });
}

function stateOf({ revokedAt, expiresAt }: ApiToken): string {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt === null) return 'valid';
  return Date.parse(expiresAt) <= Date.now() ? 'expired' : `valid until ${expiresAt.slice(0, 10)}`;
}
