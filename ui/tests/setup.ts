import '@testing-library/jest-dom/vitest'

import { afterEach, vi } from 'vitest'

// Timers of one test must not reach into the next.
afterEach(() => {
  vi.useRealTimers()
  // What one window remembers is not the beginning of another test.
  localStorage.clear()
})
