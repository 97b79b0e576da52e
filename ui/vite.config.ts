import { fileURLToPath } from 'node:url'

import { svelte } from '@sveltejs/vite-plugin-svelte'
import { svelteTesting } from '@testing-library/svelte/vite'
import { defineConfig } from 'vitest/config'

// The wallet's own web view is WebKit; nothing older than what Debian 12 ships has to run this.
export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  resolve: { alias: { '~': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'safari16',
    // Fonts stay files: the content policy allows them from the app itself only.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    restoreMocks: true,
    // The whole window in a made-up browser is slow on a busy machine.
    testTimeout: 30_000,
  },
})
