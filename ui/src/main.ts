import { mount } from 'svelte'

import type { Backend } from '~/backend/backend'
import './style/base.css'
import App from './view/App.svelte'

/** The wallet's own side; in a browser, with no wallet around, a fake that a finished build leaves out. */
async function backend(): Promise<Backend> {
  if (import.meta.env.MODE === 'production' || '__TAURI_INTERNALS__' in window) {
    return (await import('./backend/live')).live()
  }
  return (await import('./backend/demo')).demo({ scene: new URLSearchParams(location.search).get('scene') })
}

const target = document.getElementById('app')
if (target !== null) mount(App, { target, props: { backend: await backend() } })
