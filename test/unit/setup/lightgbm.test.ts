import { expect, test } from 'vitest';
import { lightGbmWheel } from '../../../src/setup/lightgbm.ts';

test('each wheel is pinned by its SHA-256', () => {
  for (const arch of ['x64', 'arm64']) {
    expect(lightGbmWheel('linux', arch).sha256).toMatch(/^[0-9a-f]{64}$/);
  }
});

test('a platform without a wheel is told what is left out', () => {
  expect(() => lightGbmWheel('win32', 'x64')).toThrow(/random forests are left out/);
});
