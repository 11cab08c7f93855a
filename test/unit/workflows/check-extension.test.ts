import { expect, test } from 'vitest';
import { findExtensionFault } from '../../../src/workflows/check-extension.ts';

const now = { trials: 12, epochs: 100, searchIsOver: false, trainingIsOver: false };

test('larger totals are fine, one by one and together', () => {
  expect(findExtensionFault({ trials: 13 }, now)).toBeUndefined();
  expect(findExtensionFault({ epochs: 101 }, now)).toBeUndefined();
  expect(findExtensionFault({ trials: 20, epochs: 200 }, now)).toBeUndefined();
});

test.each([
  [undefined, 'extension'],
  [null, 'extension'],
  [{}, 'extension'],
  [{ trails: 20 }, 'trails'],
  [{ trials: 12 }, 'trials'],
  [{ trials: 12.5 }, 'trials'],
  [{ trials: '20' }, 'trials'],
  [{ epochs: 100 }, 'epochs'],
  [{ trials: 20, epochs: 5 }, 'epochs'],
])('%j is refused for its %s', (request, field) => {
  const fault = findExtensionFault(request, now);
  expect(fault?.field).toBe(field);
  expect(fault?.remedy).not.toBe('');
});

test('what is over, or has no epochs, is refused with what to do instead', () => {
  const over = { ...now, searchIsOver: true, trainingIsOver: true };
  expect(findExtensionFault({ trials: 20 }, over)?.remedy).toContain('--from tune');
  expect(findExtensionFault({ epochs: 200 }, over)?.remedy).toContain('--from train');
  expect(findExtensionFault({ epochs: 200 }, { ...now, epochs: null })?.code).toBe(
    'NothingToExtend',
  );
});
