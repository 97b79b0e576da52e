import { describe, expect, it } from 'vitest'

import { markdown } from '~/contract/markdown'

describe('an agreement', () => {
  it('keeps the number of every clause, also after an interruption', () => {
    const lists = markdown('1. one\n2. two\n\nbetween\n\n3. three').filter((block) => block.kind === 'list')

    expect(lists.map((list) => list.start)).toEqual([1, 3])
  })

  it('never makes a link or markup', () => {
    const blocks = markdown('See [here](javascript:alert(1)) <script>x</script> ![](http://x)')

    expect(blocks).toEqual([
      {
        kind: 'paragraph',
        spans: [{ style: 'plain', text: 'See [here](javascript:alert(1)) <script>x</script> ![](http://x)' }],
      },
    ])
  })

  it('loses no words', () => {
    const text = '# Title\n\nA **strong** and *soft* `word`.\n- item\n  goes on\n\n```\nas is **x**\n```'
    const flat = JSON.stringify(markdown(text))

    for (const word of ['Title', 'strong', 'soft', 'word', 'item', 'goes on', 'as is **x**'])
      expect(flat).toContain(word)
  })
})
