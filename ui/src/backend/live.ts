import { listen } from '@tauri-apps/api/event'

import { commands, type Event } from '~/bindings'
import type { Backend } from './backend'
import { boxed } from './boxed'
import { liveEye } from './live-camera'

/** The one channel on which the wallet says what changed. */
const CHANNEL = 'tallystick'

/** The wallet itself. */
export function live(): Backend {
  return boxed({
    ...commands,
    ...liveEye,
    listen: (hear) => listen<Event>(CHANNEL, (message) => hear(message.payload)),
  })
}
