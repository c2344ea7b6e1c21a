import { defineConfig } from 'vite';

// JSX goes through esbuild alone. Nothing is inlined: the pages run under a policy that forbids
// inline scripts, inline styles and data: addresses.
export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: true,
  },
  server: {
    host: '127.0.0.1',
    // `npm run dev -w dashboard` shows the pages beside a running `godwit dev`, which takes changes
    // only from pages of the host that it is asked for: Host has to stay as the browser wrote it.
    proxy: Object.fromEntries(
      ['/admin', '/v2'].map((path) => [path, { target: process.env['GODWIT_URL'] ?? 'http://127.0.0.1:8080', changeOrigin: false }]),
    ),
  },
});
