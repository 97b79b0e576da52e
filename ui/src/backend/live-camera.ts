import { listen } from '@tauri-apps/api/event'

import { commands, type CameraNews, type CameraSight } from '~/bindings'
import type { Eye, Frame } from './camera'

/** The channel on which the wallet tells of cameras. */
const CHANNEL = 'camera'

/** Runs are called by numbers of ours, so that what the wallet tells of one before is not taken for this one's. */
let last = 0

type Run = { number: number; over: boolean; end: () => void }

async function begin(camera: string | null, hear: (sight: CameraSight) => void): Promise<Run> {
  const number = (last += 1)
  const run: Run = { number, over: false, end: () => {} }
  const deaf = await listen<CameraNews>(CHANNEL, ({ payload }) => {
    if (payload.run !== number || run.over) return
    if (payload.sight.kind === 'trouble') run.end()
    hear(payload.sight)
  })
  run.end = () => {
    if (run.over) return
    run.over = true
    deaf()
    void commands.cameraStop(number)
  }
  try {
    await commands.cameraStart(number, camera)
  } catch (thrown) {
    run.end()
    throw thrown
  }
  return run
}

/** Fetches frame after frame, always the newest: whoever is slow gets fewer, and none piles up. */
async function fetchFrames(run: Run, show: (frame: Frame) => void) {
  while (!run.over) {
    const frame = unpacked(await commands.cameraLook(run.number))
    if (frame !== null && !run.over) show(frame)
  }
}

/** A JPEG, then width and height. */
function unpacked(bytes: ArrayBuffer): Frame | null {
  if (bytes.byteLength < 4) return null
  const count = bytes.byteLength - 4
  const size = new DataView(bytes, count)
  return {
    format: 'jpeg',
    width: size.getUint16(0, true),
    height: size.getUint16(2, true),
    bytes: bytes.slice(0, count),
  }
}

/** The cameras of this computer. */
export const liveEye: Eye = {
  cameras: commands.cameras,
  cameraWatch: async (see) => {
    const run = await begin(null, (sight) => {
      if (sight.kind === 'cameras') see(sight.list)
    })
    return run.end
  },
  cameraStart: async (camera, see) => {
    const run = await begin(camera, see)
    fetchFrames(run, (frame) => see({ kind: 'frame', frame })).catch(() => {
      // It is over, and the reason was told, or nobody looks any more.
    })
    return run.end
  },
}
