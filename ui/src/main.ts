import { mount } from 'svelte'

import type { Backend } from '~/backend/backend'
import './style/base.css'
import App from './view/App.svelte'

/** The wallet's own side; in a browser, with no wallet around, a fake that a finished build leaves out. */
async function backend(): Promise<Backend> {
  if (import.meta.env.MODE === 'production' || '__TAURI_INTERNALS__' in window) {
    return (await import('./backend/live')).live()
  }
  const { demo, world } = await import('./backend/demo')
  const people = world({ scene: new URLSearchParams(location.search).get('scene') })
  // By hand from the browser's console: `demo.use('ticket-2')` lets somebody use a ticket.
  Object.assign(window, { demo: people })
  return demo(people)
}

const target = document.getElementById('app')
if (target !== null) mount(App, { target, props: { backend: await backend() } })
