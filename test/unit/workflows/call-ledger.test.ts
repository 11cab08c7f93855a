import { expect, test } from 'vitest';
import type { Step } from '../../../src/schemas/pipeline.ts';
import { attemptOf, CallLedger } from '../../../src/workflows/call-ledger.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const step = pipelineOf([
  {
    ...{ id: 'label', uses: 'http', output: { labels: 'string[]' } },
    http: { url: 'http://labels.example.com/', complete: 'callback' },
  },
]).steps[0] as Step;
const delivery = (more: object) => ({ runId: 'run', step: 'label', ...more }) as never;
const failure = { failure: { message: 'ill', retryable: true } };
const outputs = { outputs: { labels: ['a'] } };
const codeOf = (ledger: CallLedger, more: object) =>
  ledger.fault(
    delivery(more),
    (runId) => runId === 'run',
    () => step,
  )?.code ?? null;

/** A ledger whose first attempt was told to have failed, and whose second is under way. */
function atSecondAttempt(): CallLedger {
  const ledger = new CallLedger();
  ledger.begin('label', 1_000);
  ledger.take(delivery(failure));
  expect(ledger.answerTo('label')).toEqual(failure);
  ledger.beginAnew('label', 2_000);
  return ledger;
}

test('each attempt takes its own delivery, and knows it when it comes again', () => {
  const ledger = atSecondAttempt();
  expect(attemptOf(ledger.stateOf('label'))).toBe(2);
  expect(ledger.answerTo('label')).toBeUndefined();
  // Without an attempt it is for the first one.
  expect(codeOf(ledger, failure)).toBeNull();
  expect(codeOf(ledger, { ...outputs, attempt: 1 })).toBe('AttemptOver');
  expect(codeOf(ledger, { ...outputs, attempt: 3 })).toBe('NoOpenCall');
  ledger.take(delivery({ ...failure, attempt: 1 }));
  expect(ledger.answerTo('label')).toBeUndefined();
  expect(codeOf(ledger, { outputs: { labels: 7 }, attempt: 2 })).toBe('WrongOutput');
  expect(codeOf(ledger, { ...outputs, attempt: 2 })).toBeNull();
  ledger.take(delivery({ ...outputs, attempt: 2 }));
  expect(ledger.answerTo('label')).toEqual(outputs);
  expect(codeOf(ledger, { ...failure, attempt: 2 })).toBe('AlreadyDelivered');
});

test('the next history of a run knows all of it', () => {
  const ledger = new CallLedger(JSON.parse(JSON.stringify(atSecondAttempt().states)));
  expect(ledger.stateOf('label')).toMatchObject({ sinceMs: 1_000, notBeforeMs: 2_000 });
  ledger.begin('label', 9_000);
  expect(ledger.stateOf('label').sinceMs).toBe(1_000);
  expect(codeOf(ledger, failure)).toBeNull();
  expect(codeOf(ledger, { ...outputs, attempt: 1 })).toBe('AttemptOver');
});

test('a call that ends without a delivery is forgotten, and one that had one is not', () => {
  const ledger = atSecondAttempt();
  ledger.end('label');
  expect(ledger.states).toEqual({});
  expect(codeOf(ledger, { ...outputs, attempt: 2 })).toBe('NoOpenCall');
  const answered = new CallLedger();
  answered.begin('label', 0);
  answered.take(delivery(outputs));
  answered.end('label');
  expect(codeOf(answered, outputs)).toBeNull();
});

test.each([[{ message: '' }], [{ message: 'ill', retryable: 'yes' }], [{ retryable: true }]])(
  'a failure that says no reason, or not whether it is final, is refused: %j',
  (given) => {
    const ledger = new CallLedger();
    ledger.begin('label', 0);
    expect(codeOf(ledger, { failure: given })).toBe('WrongFailure');
  },
);
