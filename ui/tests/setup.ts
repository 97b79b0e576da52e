import '@testing-library/jest-dom/vitest'

import { configure } from '@testing-library/svelte'
import { afterEach, vi } from 'vitest'

// A busy machine answers late; a wrong answer is wrong at once.
configure({ asyncUtilTimeout: 8000 })

// Timers of one test must not reach into the next.
afterEach(() => {
  vi.useRealTimers()
  // What one window remembers is not the beginning of another test.
  localStorage.clear()
})
