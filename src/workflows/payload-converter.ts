import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding.js';

/**
 * Takes what can't be decoded as text. A run that is started with it then fails by its first check,
 * which says what would be right; as an error of decoding it would be tried again without end.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload: decoded as PayloadConverter['fromPayload'],
};

function decoded(payload: Payload): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return decode(payload.data ?? new Uint8Array());
  }
}
