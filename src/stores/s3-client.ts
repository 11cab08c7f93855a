import type { S3 } from '@aws-sdk/client-s3';

const CONNECT_MS = 3_000;
/** Where neither a variable nor a profile names one: servers of one's own take any. */
const DEFAULT_REGION = 'us-east-1';

const silent = () => undefined;
/** What goes wrong is told of once, by whoever asked. */
const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/** A client by AWS's standard variables and profile files; it tries each request once. */
export async function connectS3(idleMs: number): Promise<S3> {
  // The lock file holds a version that runs on this Node, whatever later ones will need.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  // Loading it takes a third of a second, which those who keep their store at home do not owe.
  const { S3 } = await import('@aws-sdk/client-s3');
  const { region, serviceConfiguredEndpoint } = new S3().config;
  return new S3({
    region: () => region().catch(() => DEFAULT_REGION),
    followRegionRedirects: true,
    // Names of buckets are no host names on servers of one's own.
    forcePathStyle: (await serviceConfiguredEndpoint?.()) !== undefined,
    maxAttempts: 1,
    logger,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: idleMs },
    // Not every server knows checksums in trailers. What counts has its SHA-256 in its name or in itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
