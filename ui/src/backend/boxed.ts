import type { Backend, CameraList, Sight } from './backend'

/** Shown in place of a character that would not be seen, or would move what is around it. */
export const BOX = '\u25af'

/** Fields that hold words somebody wrote. Everything else is a code, an id or a number of ours. */
const WRITTEN = new Set([
  'name',
  'memo',
  'reason',
  'text',
  'note',
  'title',
  'contractTitle',
  'canonical',
  'report',
  'oldText',
  'newText',
  'email',
  'phone',
  'place',
  'reference',
])
/** Of those, the ones where lines and tabs are meant. */
const MANY_LINES = new Set(['text', 'canonical'])

// Controls, soft hyphen, zero-width and bidirectional marks, invisible operators, tags, separators; a joiner only
// where it does not join a picture.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|(?<![\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}])\u200d/gu

/** The same words with unseen characters as boxes. */
export function box(text: string, manyLines = false): string {
  return text.replace(UNSEEN, (found) => (manyLines && (found === '\n' || found === '\t') ? found : BOX))
}

/** Handed on byte for byte: evidence with a box in it would no longer fit its signatures. */
const UNTOUCHED = new Set<string | symbol>(['evidence', 'listen'])

/** The same backend, whose answers hold no unseen characters: done at the border so that no screen can forget it. */
export function boxed(backend: Backend): Backend {
  return new Proxy(backend, {
    get(target, key, receiver) {
      if (key === 'cameraStart') return seeing(target)
      if (key === 'cameraWatch') return watching(target)
      const member: unknown = Reflect.get(target, key, receiver)
      if (typeof member !== 'function' || UNTOUCHED.has(key)) return member
      return async (...given: unknown[]) => clean(await member.apply(target, given), '')
    },
  })
}

// What a camera tells comes by itself and not as an answer: its words are cleaned on their way, its pictures are not.
function seeing(backend: Backend): Backend['cameraStart'] {
  return (camera, see) =>
    backend.cameraStart(camera, (sight) => see(sight.kind === 'frame' ? sight : (clean(sight, '') as Sight)))
}

function watching(backend: Backend): Backend['cameraWatch'] {
  return (see) => backend.cameraWatch((list) => see(clean(list, '') as CameraList))
}

function clean(value: unknown, field: string): unknown {
  if (typeof value === 'string') return WRITTEN.has(field) ? box(value, MANY_LINES.has(field)) : value
  if (Array.isArray(value)) return value.map((item) => clean(item, field))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner, key)]))
}
