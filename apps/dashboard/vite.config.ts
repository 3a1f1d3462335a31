import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The platform serves the result at `/`, and its API under `/api/v1` on the same origin. */
export default defineConfig({
  base: '/',
  plugins: [react()],
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    // One vendor file keeps its hash, and stays cached, while the page's own code changes.
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'vendor', test: /node_modules/ }] } },
    },
    // Nothing may be inlined as data: the page is served under a strict Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:3000' } },
});
