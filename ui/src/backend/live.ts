import { listen } from '@tauri-apps/api/event'

import { commands, type Event } from '~/bindings'
import type { Backend, Eye } from './backend'
import { boxed } from './boxed'

/** The one channel on which the wallet says what changed. */
const CHANNEL = 'tallystick'

/** No camera yet: said, not hidden. */
const blind: Eye = {
  cameras: async () => ({ cameras: [], trouble: 'noSupport' }),
  cameraStart: async (_, see) => {
    see({ kind: 'trouble', trouble: 'noSupport' })
    return () => {}
  },
}

/** The wallet itself. */
export function live(): Backend {
  return boxed({
    ...commands,
    ...blind,
    listen: (hear) => listen<Event>(CHANNEL, (message) => hear(message.payload)),
  })
}
