import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The platform serves the result at `/`, and its API under `/api/v1` on the same origin. */
export default defineConfig({
  base: '/',
  plugins: [react()],
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    // Vendor files keep their hash, and stay cached, while the page's own code changes; the charts, which
    // only a lift's page needs, are one of their own.
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'charts', test: /node_modules[\\/](echarts|zrender)[\\/]/, priority: 2 },
            { name: 'vendor', test: /node_modules/, priority: 1 },
          ],
        },
      },
    },
    // Nothing may be inlined as data: the page is served under a strict Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:3000' } },
});
