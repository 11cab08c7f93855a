import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely, type SelectQueryBuilder, type SqliteDatabase, SqliteDialect, sql } from 'kysely';
import Database from 'libsql';
import { explainFullDisk } from '../full-disk.ts';
import { ModelVersion } from '../schemas/model-package.ts';
import type { Alias, ModelRegistry, NewVersion } from './model-registry.ts';

/** Grows with the tables; a registry of a newer version is not touched. */
const SCHEMA_VERSION = 1;
/** How long a write waits for another process's. */
const BUSY_TIMEOUT_MS = 10_000;

interface Tables {
  versions: {
    model: string;
    version: number;
    /** The package's ArtifactRef, as JSON. */
    package: string;
    run_id: string;
    created_at: string;
    metric: string;
    score: number;
  };
  aliases: { model: string; alias: string; version: number };
}

/** The registry in one SQLite file, which many processes read and write at once. */
export class SqliteModelRegistry implements ModelRegistry {
  readonly #path: string;
  readonly #database: Kysely<Tables>;

  constructor(path: string) {
    this.#path = path;
    this.#database = new Kysely<Tables>({
      dialect: new SqliteDialect({ database: () => openDatabase(path) }),
    });
  }

  async register(version: NewVersion): Promise<ModelVersion> {
    const { model, runId } = version;
    await this.#write(async (transaction) => {
      // One statement, so that two processes can't take the same number.
      const { rows } = await sql<{ version: number }>`
        insert into versions (model, version, package, run_id, created_at, metric, score)
        select ${model}, coalesce(max(version), 0) + 1, ${JSON.stringify(version.package)}, ${runId},
               ${version.createdAt}, ${version.metric}, ${version.score}
        from versions where model = ${model}
        on conflict (model, run_id) do nothing
        returning version
      `.execute(transaction);
      const [added] = rows;
      if (added === undefined || version.alias === undefined) return;
      await moveAlias(transaction, model, version.alias, added.version);
    });
    const registered = await this.#select(model, (query) => query.where('run_id', '=', runId));
    if (registered[0] === undefined)
      throw new Error(`${model} of run ${runId} was not registered.`);
    return registered[0];
  }

  async setAlias(model: string, alias: string, version: number): Promise<void> {
    await this.#write((transaction) => moveAlias(transaction, model, alias, version));
  }

  async replaceAlias(
    model: string,
    alias: string,
    from: number | null,
    to: number,
  ): Promise<boolean> {
    let stands = false;
    await this.#write(async (transaction) => {
      const found = await transaction
        .selectFrom('aliases')
        .select('version')
        .where('model', '=', model)
        .where('alias', '=', alias)
        .executeTakeFirst();
      const at = found?.version ?? null;
      stands = at === from || at === to;
      if (stands) await moveAlias(transaction, model, alias, to);
    });
    return stands;
  }

  async find(
    model: string,
    { version, alias }: { version?: number; alias?: string } = {},
  ): Promise<ModelVersion | null> {
    const found = await this.#select(model, (query) => {
      if (version !== undefined) return query.where('version', '=', version);
      if (alias === undefined) return query.orderBy('version', 'desc').limit(1);
      return query.where('version', '=', (inner) =>
        inner
          .selectFrom('aliases')
          .select('aliases.version')
          .where('aliases.model', '=', model)
          .where('alias', '=', alias),
      );
    });
    return found[0] ?? null;
  }

  async list(model?: string): Promise<ModelVersion[]> {
    return this.#select(model, (query) => query.orderBy('model').orderBy('version'));
  }

  async listAliases(): Promise<Alias[]> {
    return this.#database
      .selectFrom('aliases')
      .selectAll()
      .orderBy('model')
      .orderBy('alias')
      .execute();
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }

  /** All of the work or, where it fails, none of it. */
  async #write(work: (database: Kysely<Tables>) => Promise<void>): Promise<void> {
    await this.#database.connection().execute(async (database) => {
      try {
        await sql`begin immediate`.execute(database);
        await work(database);
        await sql`commit`.execute(database);
      } catch (error) {
        // A full disk has rolled it back already.
        await sql`rollback`.execute(database).catch(() => undefined);
        throw explainFullDisk(error, this.#path);
      }
    });
  }

  async #select(
    model: string | undefined,
    narrow: (query: VersionQuery) => VersionQuery,
  ): Promise<ModelVersion[]> {
    const all = this.#database.selectFrom('versions').selectAll();
    const rows = await narrow(model === undefined ? all : all.where('model', '=', model)).execute();
    const aliases = await this.#database
      .selectFrom('aliases')
      .selectAll()
      .orderBy('alias')
      .execute();
    return rows.map((row) => toModelVersion(row, aliases));
  }
}

async function moveAlias(
  database: Kysely<Tables>,
  model: string,
  alias: string,
  version: number,
): Promise<void> {
  await database
    .insertInto('aliases')
    .values({ model, alias, version })
    .onConflict((conflict) => conflict.columns(['model', 'alias']).doUpdateSet({ version }))
    .execute();
}

type VersionQuery = SelectQueryBuilder<Tables, 'versions', Tables['versions']>;

function toModelVersion(row: Tables['versions'], aliases: Tables['aliases'][]): ModelVersion {
  return ModelVersion.parse({
    model: row.model,
    version: row.version,
    package: JSON.parse(row.package),
    runId: row.run_id,
    createdAt: row.created_at,
    metric: row.metric,
    score: row.score,
    aliases: aliases
      .filter(({ model, version }) => model === row.model && version === row.version)
      .map(({ alias }) => alias),
  });
}

async function openDatabase(path: string): Promise<SqliteDatabase> {
  await mkdir(dirname(path), { recursive: true });
  try {
    const database = new Database(path);
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.pragma('journal_mode = WAL');
    migrate(database, path);
    return database;
  } catch (error) {
    throw explainFullDisk(error, path);
  }
}

function migrate(database: Database.Database, path: string): void {
  const { user_version: found } = database.prepare('pragma user_version').get() as {
    user_version: number;
  };
  if (found > SCHEMA_VERSION) {
    throw new Error(`${path} was written by a newer Sevenfold (schema ${found}).`);
  }
  if (found === SCHEMA_VERSION) return;
  database.exec(`
    begin immediate;
    create table if not exists versions (
      model text not null, version integer not null, package text not null, run_id text not null,
      created_at text not null, metric text not null, score real not null,
      primary key (model, version), unique (model, run_id)
    ) strict;
    create table if not exists aliases (
      model text not null, alias text not null, version integer not null,
      primary key (model, alias), foreign key (model, version) references versions (model, version)
    ) strict;
    pragma user_version = ${SCHEMA_VERSION};
    commit;
  `);
}
