#!/usr/bin/env node
/**
 * Starts the command line. The version is answered here, without loading anything.
 */
const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-v')) {
  const { readFileSync } = await import('node:fs');
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`Version: ${version}\n`);
} else {
  // Newer versions of Node keep compiled code between runs.
  (await import('node:module')).default.enableCompileCache?.();
  const { main } = await import('../dist/main.js').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write('flink is not built yet: run `npm run build` in its folder.\n');
    process.exit(2);
  });
  await main(words);
}
