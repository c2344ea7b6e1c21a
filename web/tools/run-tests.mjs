// Bundles every *.test.ts and *.test.tsx of the workspaces and runs them with Node's own test runner.
// Names of tests keep to plain apostrophes: the runner of Node 18 stumbles over others.
// Arguments are parts of file names: `npm test -- poll` runs what has "poll" in its path.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = process.argv.slice(2);

/** The test files below `folder`, sorted, so that two runs do the same. */
function testsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      if (entry.name === 'node_modules' || entry.name === 'dist') return [];
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testsBelow(path);
      return /\.test\.tsx?$/.test(entry.name) ? [path] : [];
    });
}

const tests = ['kit', 'imagegen', 'dashboard']
  .flatMap((name) => testsBelow(join(root, name)))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));
if (tests.length === 0) {
  console.error('no test matches');
  process.exit(1);
}

// Below node_modules, so that packages the bundles leave outside are found.
const cache = join(root, 'node_modules', '.cache');
mkdirSync(cache, { recursive: true });
const output = mkdtempSync(join(cache, 'tests-'));
try {
  await build({
    absWorkingDir: root,
    entryPoints: tests.map((path) => ({
      in: path,
      out: relative(root, dirname(path)).replaceAll(/[\\/]/g, '.') + '.' + basename(path).replace(/\.tsx?$/, ''),
    })),
    outdir: output,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node18',
    sourcemap: 'inline',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.css': 'empty' },
    define: { 'import.meta.env.WEB_ROOT': JSON.stringify(root) },
    logLevel: 'warning',
  });
  const files = readdirSync(output).filter((name) => name.endsWith('.mjs')).sort().map((name) => join(output, name));
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(output, { recursive: true, force: true });
}
