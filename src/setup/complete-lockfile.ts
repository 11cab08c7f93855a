import { readFile, writeFile } from 'node:fs/promises';

interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}
export interface Lockfile {
  packages: Record<string, LockedPackage>;
}

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = [
  'arm64',
  'arm',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'x64',
  'wasm32',
  'loong64',
];

/**
 * Adds the binaries of other platforms that a lock file lacks. A registry that carries one platform
 * only makes npm leave them out, and `npm ci` then refuses the lock file everywhere.
 * Returns what it added.
 */
export function completeLockfile(lockfile: Lockfile): string[] {
  const added: string[] = [];
  for (const owner of Object.values({ ...lockfile.packages })) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      const key = `node_modules/${name}`;
      const platform = platformOf(name);
      // A range can't be resolved without the registry; binaries are pinned by their owner.
      if (key in lockfile.packages || platform === undefined || !/^\d/.test(version)) continue;
      const dev = owner.dev === true ? { dev: true } : {};
      lockfile.packages[key] = { version, ...platform, ...dev, optional: true };
      added.push(`${name}@${version}`);
    }
  }
  return added;
}

function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> | undefined {
  const words = name.split(/[-/@]/);
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  if (os === undefined && cpu === undefined) return undefined;
  const libc = words.find((word) => word === 'musl');
  return {
    ...(os === undefined ? {} : { os: [os] }),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
  };
}

/** Completes `package-lock.json` in the current folder; with `--check`, fails if it would change. */
export async function completeLockfileCommand(check: boolean): Promise<number> {
  const lockfile = JSON.parse(await readFile('package-lock.json', 'utf8')) as Lockfile;
  const added = completeLockfile(lockfile);
  if (added.length === 0) return 0;
  if (check) {
    console.error(
      `package-lock.json lacks ${added.join(', ')}. Run \`npm run lockfile\` and commit it.`,
    );
    return 1;
  }
  const { packages } = lockfile;
  const sorted = Object.fromEntries(
    Object.keys(packages)
      .sort()
      .map((key) => [key, packages[key]]),
  );
  await writeFile(
    'package-lock.json',
    `${JSON.stringify({ ...lockfile, packages: sorted }, null, 2)}\n`,
  );
  console.log(`Added ${added.length} packages of other platforms to package-lock.json.`);
  return 0;
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await completeLockfileCommand(process.argv.includes('--check'));
}
