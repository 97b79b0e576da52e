import type { CameraList, CameraSight } from '~/bindings'

/** One picture: grey pixels row by row, or a JPEG. */
export type Frame = { format: 'grey' | 'jpeg'; width: number; height: number; bytes: ArrayBuffer }

/** What a camera that runs tells, one after the other. */
export type Sight = { kind: 'frame'; frame: Frame } | CameraSight

/** The part of the wallet that sees. */
export interface Eye {
  cameras(): Promise<CameraList>
  /** Tells which cameras there are, now and whenever that changes, until the returned function is called. */
  cameraWatch(see: (list: CameraList) => void): Promise<() => void>
  /** Shows what the camera sees until the returned function is called; after a trouble it is over by itself. */
  cameraStart(camera: string, see: (sight: Sight) => void): Promise<() => void>
}
