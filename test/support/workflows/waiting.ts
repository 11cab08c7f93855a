import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { whileGivingSigns } from '../../../src/workflows/signs-of-life.ts';

const { renew } = proxyActivities<{ renew(): Promise<void> }>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 1 },
});

/** Waits for the signal `goOn`, and gives a sign of life every 50 ms meanwhile. */
export async function waiting(): Promise<string> {
  let mayGoOn = false;
  setHandler(defineSignal('goOn'), () => {
    mayGoOn = true;
  });
  return whileGivingSigns(
    renew,
    async () => {
      await condition(() => mayGoOn);
      return 'went on';
    },
    '50ms',
  );
}
