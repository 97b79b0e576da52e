import type { CameraHint, CameraTrouble } from '~/backend/backend'

/** Why there is no picture, and a way on. */
type Trouble = { title: string; text: string }

/** Where the system keeps its permission for cameras. */
const PERMISSION = {
  linux:
    'Your user may not open it. Ask whoever looks after this computer to put you into the group “video”, then log in again.',
  mac: 'Allow it under System Settings, Privacy & Security, Camera, then start Tallystick again.',
  windows: 'Allow it under Settings, Privacy & security, Camera: “Let desktop apps access your camera”.',
}

function permission(): string {
  const system = typeof navigator === 'undefined' ? '' : navigator.userAgent
  if (/mac/i.test(system)) return PERMISSION.mac
  return /windows/i.test(system) ? PERMISSION.windows : PERMISSION.linux
}

export const camera = {
  choose: 'Camera',
  noneToChoose: 'No camera',
  start: 'Start camera',
  stop: 'Stop camera',
  lookAgain: 'Look again',
  off: 'The camera is off',
  rested: 'The camera was turned off while this window was hidden',
  offText: 'Pictures stay on this computer. It goes off again when you leave this page.',
  else: 'Without it: paste, drop or choose a picture of the code, or look for it on your screen.',
  preview: 'What the camera sees',
  starting: 'Starting…',
  healing: 'It stopped answering. Starting it again…',
  mended: 'It had stopped answering: started again',
  looking: 'Looking…',
  seconds: (count: number) => (count < 2 ? '' : ` ${count} s`),
  found: 'Code read. Camera still on.',
  hints: {
    closer: 'Move closer',
    farther: 'Move back a little',
    tooDark: 'Too dark: more light, or a brighter screen',
    glare: 'It shines: tilt it a little',
    holdStill: 'Hold it still',
  } satisfies Record<CameraHint, string>,
  troubles: {
    none: { title: 'No camera was found', text: 'Plug one in: it appears here by itself.' },
    refused: { title: 'This computer does not let Tallystick see', text: permission() },
    busy: {
      title: 'Another program uses this camera',
      text: 'End the call or close that program, or choose another camera.',
    },
    noPicture: {
      title: 'This camera gives no picture',
      text: 'Virtual cameras do that while nothing feeds them. Look for a cover or a switch, or choose another.',
    },
    unplugged: {
      title: 'The camera is gone',
      text: 'Its plug came out, or it was switched off. Plug it in again, or choose another.',
    },
    noSupport: {
      title: 'Cameras are not supported here',
      text: 'This version cannot use cameras on this system.',
    },
    stoppedAnswering: {
      title: 'The camera stopped answering',
      text: 'It was let go of. Nothing else was touched.',
    },
  } satisfies Record<CameraTrouble, Trouble>,
}
