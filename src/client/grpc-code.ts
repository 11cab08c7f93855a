import { isGrpcServiceError } from '@temporalio/client';

/** A service that can't be reached. */
export const UNAVAILABLE = 14;
/** A service that has not answered in time. */
export const DEADLINE_EXCEEDED = 4;

/** gRPC's status code, which the SDK wraps in errors of its own; undefined where there is none. */
export function grpcCode(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error ? grpcCode(error.cause) : undefined;
}
