#!/usr/bin/env node
/** The command line: prepares what is missing (said on stderr), then runs the built program in this process. */
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode } from './run.mjs';

requireNode();
try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const builtCli = new URL('../out/main/cli.js', import.meta.url).href;
await import(builtCli);
