import { InputError } from '../errors.ts';

/** The store gave no answer, or none that helps: another attempt may fare better. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** The system's code or the service's: ECONNREFUSED, SlowDown. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What errors of the client carry; all of it may be missing. */
interface S3Error {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const UNKNOWN_CREDENTIALS = [
  'CredentialsProviderError',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidToken',
];
/** Refused for now only: clocks are set, and tokens renewed. */
const REFUSED_FOR_NOW = ['RequestTimeTooSkewed', 'RequestExpired', 'ExpiredToken'];

const statusOf = (error: unknown) => (error as S3Error | null)?.$metadata?.httpStatusCode;
const nameOf = (error: unknown) => (error as S3Error | null)?.name ?? '';

/** Whether there is no such object. */
export const isAbsent = (error: unknown): boolean =>
  nameOf(error) === 'NoSuchKey' || nameOf(error) === 'NotFound';

/** Whether there is one already, where none was to be. */
export const isTaken = (error: unknown): boolean => statusOf(error) === 412;

/**
 * Tells what is the user's to mend from what another attempt may not meet again. The client's own
 * error is not kept as a cause: it holds the request, and with it session tokens.
 */
export function explainS3Error(error: unknown, location: string): InputError | StoreUnavailable {
  if (error instanceof InputError || error instanceof StoreUnavailable) return error;
  const name = nameOf(error);
  if (name === 'NoSuchBucket') {
    const remedy = 'Create the bucket, or correct SEVENFOLD_STORE.';
    return wrongStore('BucketNotFound', location, 'a bucket that exists', remedy);
  }
  if (UNKNOWN_CREDENTIALS.includes(name)) {
    const remedy = `Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE (${name}).`;
    return wrongStore('StoreCredentials', location, 'credentials that it knows', remedy);
  }
  if (statusOf(error) === 403 && !REFUSED_FOR_NOW.includes(name)) {
    const expected = 'a place where these credentials may list, read, write and delete';
    const remedy = 'Allow s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject there.';
    return wrongStore('StoreAccessDenied', location, expected, remedy);
  }
  const { code = name, message = '' } = error as S3Error;
  return new StoreUnavailable(code, `${location} can't be used now: ${code} ${message}`.trim());
}

/** A server that ignores conditions would let a stale attempt take the place of its successor. */
export const cannotFence = (location: string): InputError =>
  wrongStore(
    'StoreCannotFence',
    location,
    'a server that refuses to create what is there already (If-None-Match)',
    'Use a server that has conditional writes, as Amazon S3 does.',
  );

const wrongStore = (code: string, location: string, expected: string, remedy: string): InputError =>
  new InputError({ code, field: 'SEVENFOLD_STORE', value: location, expected, remedy });
