import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { InputError } from './errors.ts';
import { S3Location } from './schemas/s3-location.ts';

const Environment = z.object({
  /** Where runs, artifacts, models and the local stack's state lie. */
  SEVENFOLD_HOME: z.string().default(join(homedir(), '.sevenfold')),
  /** Where artifacts, run records and checkpoints lie instead, so that machines can share them. */
  SEVENFOLD_STORE: S3Location.optional(),
  /** Where downloaded and built native parts lie; shared by all clones. */
  SEVENFOLD_CACHE: z.string().default(join(homedir(), '.cache', 'sevenfold')),
  /** Arithmetic: native TensorFlow, or WebAssembly where there is no toolchain. */
  SEVENFOLD_BACKEND: z.enum(['native', 'wasm']).default('native'),
  /** Where the prediction server listens. */
  SEVENFOLD_SERVE_HOST: z.string().default('127.0.0.1'),
  SEVENFOLD_SERVE_PORT: z.coerce.number().int().min(0).max(65_535).default(8500),
  /** How large the store may grow before new heavy work is refused. */
  SEVENFOLD_QUOTA_GIB: z.coerce.number().positive().optional(),
  /** Where the HTTP API listens. */
  SEVENFOLD_API_HOST: z.string().default('127.0.0.1'),
  SEVENFOLD_API_PORT: z.coerce.number().int().min(0).max(65_535).default(8600),
  /** Hosts that webhooks may go to, with commas between: `hooks.example.com,127.0.0.1:9000`. */
  SEVENFOLD_WEBHOOK_HOSTS: z.string().default(''),
  /** Hosts that steps of pipelines may call, in the same form. */
  SEVENFOLD_CALL_HOSTS: z.string().default(''),
  /** Address of the HTTP API as other systems see it, for their callbacks: `https://sevenfold.example.com`. */
  SEVENFOLD_API_URL: z.url({ protocol: /^https?$/ }).optional(),
  SEVENFOLD_TEMPORAL_BINARY: z.string().optional(),
  /** Where pipelines lie that runs ask for by name; default: a folder of the home. */
  SEVENFOLD_PIPELINES: z.string().optional(),
  /** Release of the workers, where several are deployed side by side. */
  SEVENFOLD_BUILD_ID: z.string().min(1).optional(),
});

export interface Config {
  readonly home: string;
  /** Null: the home folder. */
  readonly store: S3Location | null;
  readonly cache: string;
  readonly backend: 'native' | 'wasm';
  readonly serve: { readonly host: string; readonly port: number };
  readonly api: { readonly host: string; readonly port: number };
  readonly webhookHosts: readonly string[];
  readonly callHosts: readonly string[];
  /** Without a slash at its end; undefined where other systems can't reach the HTTP API. */
  readonly apiUrl: string | undefined;
  /** Largest size of the store; undefined where nobody has set one. */
  readonly quotaGiB: number | undefined;
  /** A Temporal CLI to use instead of the one on PATH or the one that setup built. */
  readonly temporalBinary: string | undefined;
  /** Folder of the pipelines that runs ask for by name. */
  readonly pipelines: string;
  /** Undefined for workers without a version. */
  readonly buildId: string | undefined;
}

/** Reads the environment once; an unusable value is an InputError that names the variable. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = String(issue?.path[0]);
    throw new InputError({
      code: 'InvalidEnvironment',
      field,
      value: environment[field],
      expected: issue?.message ?? 'another value',
      remedy: `Set or unset the environment variable ${field}.`,
    });
  }
  const env = parsed.data;
  return {
    home: resolve(env.SEVENFOLD_HOME),
    store: env.SEVENFOLD_STORE ?? null,
    cache: resolve(env.SEVENFOLD_CACHE),
    backend: env.SEVENFOLD_BACKEND,
    serve: { host: env.SEVENFOLD_SERVE_HOST, port: env.SEVENFOLD_SERVE_PORT },
    api: { host: env.SEVENFOLD_API_HOST, port: env.SEVENFOLD_API_PORT },
    webhookHosts: hostsIn(env.SEVENFOLD_WEBHOOK_HOSTS),
    callHosts: hostsIn(env.SEVENFOLD_CALL_HOSTS),
    apiUrl: env.SEVENFOLD_API_URL?.replace(/\/+$/, ''),
    quotaGiB: env.SEVENFOLD_QUOTA_GIB,
    temporalBinary: env.SEVENFOLD_TEMPORAL_BINARY,
    pipelines: resolve(env.SEVENFOLD_PIPELINES ?? join(env.SEVENFOLD_HOME, 'pipelines')),
    buildId: env.SEVENFOLD_BUILD_ID,
  };
}

const hostsIn = (list: string): string[] =>
  list
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '');
