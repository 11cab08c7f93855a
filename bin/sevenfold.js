#!/usr/bin/env node
// Committed JavaScript, because `npm ci` runs no build here; tsx loads the TypeScript sources.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Sevenfold needs Node 20.19 or later; this is ${process.versions.node}.`);
}
const { register } = await import('tsx/esm/api').catch(() =>
  fail('The packages that Sevenfold needs are not installed: run `npm ci`.'),
);

register();
const { main } = await import('../src/client/cli.ts');
process.exitCode = await main(process.argv.slice(2));

/** @returns {never} */
function fail(/** @type {string} */ message) {
  console.error(message);
  process.exit(3);
}
