import type { CodeCard } from '~/bindings'

/** A camera of this computer, as its maker calls it. */
export type CameraView = {
  /** Hand this back to start it. */
  id: string
  name: string
  /** What tells it from another of the same name: a size, a place. */
  detail: string | null
}

/** The cameras there are, and why there is none, if so. */
export type CameraList = { cameras: CameraView[]; trouble: CameraTrouble | null }

/** What would help the camera to read. */
export type CameraHint = 'closer' | 'farther' | 'tooDark' | 'glare' | 'holdStill'

/** Why there is no picture. */
export type CameraTrouble =
  'none' | 'refused' | 'busy' | 'noPicture' | 'unplugged' | 'noSupport' | 'stoppedAnswering'

/** A place in the picture: 0 to 1 from its left and its top. */
export type Spot = { x: number; y: number }

/** One picture: grey pixels row by row, or a JPEG. */
export type Frame = { format: 'grey' | 'jpeg'; width: number; height: number; bytes: ArrayBuffer }

/** What a camera that runs tells, one after the other. */
export type Sight =
  | { kind: 'frame'; frame: Frame }
  | { kind: 'hint'; hint: CameraHint | null }
  | { kind: 'found'; cards: CodeCard[]; corners: Spot[][] }
  | { kind: 'trouble'; trouble: CameraTrouble }
  | { kind: 'cameras'; list: CameraList }

/** The part of the wallet that sees. */
export interface Eye {
  cameras(): Promise<CameraList>
  /** Shows what the camera sees until the returned function is called; after a trouble it is over by itself. */
  cameraStart(camera: string, see: (sight: Sight) => void): Promise<() => void>
}
