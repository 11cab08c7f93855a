#!/usr/bin/env node
// Committed JavaScript, because `npm ci` runs no build here; tsx loads the TypeScript sources.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../src/client/cli.ts');
process.exitCode = await main(process.argv.slice(2));
