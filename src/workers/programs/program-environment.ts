import { readSecret } from '../../read-secret.ts';
import type { Exec } from '../../schemas/pipeline.ts';

/** Variables of the worker that a program gets, too; its secrets are not among them. */
const PASSED =
  /^(PATH|HOME|USER|SHELL|TZ|TMPDIR|LANG|LC_\w+|LD_LIBRARY_PATH|VIRTUAL_ENV|PYTHONPATH|CUDA_VISIBLE_DEVICES|OMP_NUM_THREADS|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)$/;

/** What a program finds in its environment: of the worker's only what programs need in general. */
export async function programEnvironment(
  { env, secrets }: Exec,
  worker: NodeJS.ProcessEnv,
  own: Readonly<Record<string, string>>,
): Promise<NodeJS.ProcessEnv> {
  const passed = Object.entries(worker).filter(([name]) => PASSED.test(name));
  const resolved = await Promise.all(
    Object.entries(secrets).map(async ([name, reference]) => [
      name,
      await readSecret(`exec.secrets.${name}`, reference, worker),
    ]),
  );
  return { ...Object.fromEntries(passed), ...env, ...Object.fromEntries(resolved), ...own };
}
