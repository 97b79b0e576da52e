import { describe, expect, it } from 'vitest'

import type { Backend } from '~/backend/backend'
import { box, BOX, boxed } from '~/backend/boxed'
import { demo, world } from '~/backend/demo'

describe('what others wrote', () => {
  it.each([
    ['a right-to-left override', 'Ana\u202egnp.exe'],
    ['a zero-width space', 'An\u200ba'],
    ['a joiner that joins nothing', 'An\u200da'],
    ['a line break in a name', 'Ana\nRuiz'],
    ['a tag character', 'Ana\u{e0041}'],
    ['a byte order mark', '\ufeffAna'],
  ])('shows %s as a box', (_, text) => {
    expect(box(text)).toContain(BOX)
  })

  it('is the very box that the window draws', () => {
    expect(BOX).toBe('\u25af')
  })

  it('leaves letters, accents and joined pictures alone', () => {
    for (const text of ['Tomás Vidal', '宮本', 'bike tube 🚲 <b>x</b>', '👩‍🌾']) expect(box(text)).toBe(text)
  })

  it('is cleaned in every answer, and nothing else is', async () => {
    const dirty = {
      ...world().backend(),
      contract: async () => ({ hash: 'a\u200b', title: 'T\u202e', text: 'one\ntwo\u200b', builtin: true }),
    }
    const contract = await boxed(dirty as Backend).contract('a')

    expect(contract).toEqual({ hash: 'a\u200b', title: `T${BOX}`, text: `one\ntwo${BOX}`, builtin: true })
  })

  it('leaves evidence as it is, so that its signatures still fit', async () => {
    const text = '{"memo":"a\u202eb"}'
    const dirty = { ...world().backend(), evidence: async () => ({ name: 'e.json', text }) }

    expect((await boxed(dirty).evidence('tally-1')).text).toBe(text)
  })

  it('passes refusals through', async () => {
    await expect(demo().tally('none')).rejects.toMatchObject({ code: { kind: 'notFound' } })
  })
})
