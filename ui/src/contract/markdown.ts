// The part of Markdown that agreements are written in, as data. What it does not know stays plain text: nothing in a
// contract can become a link, a picture or markup of the window.

export type Span = { style: 'plain' | 'strong' | 'em' | 'code'; text: string }

export type Block =
  | { kind: 'heading'; level: number; spans: Span[] }
  | { kind: 'paragraph'; spans: Span[] }
  | { kind: 'list'; numbered: boolean; start: number; items: Span[][] }
  | { kind: 'verbatim'; text: string }

const HEADING = /^(#{1,6})\s+(.*)$/
const BULLET = /^\s*[-*+]\s+(.*)$/
const NUMBER = /^\s*(\d+)[.)]\s+(.*)$/
const FENCE = /^```/

export function markdown(text: string): Block[] {
  const blocks: Block[] = []
  let paragraph: string[] = []
  let fenced: string[] | null = null

  function finish() {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', spans: spansOf(paragraph.join(' ')) })
    paragraph = []
  }

  for (const line of text.split(/\r?\n/)) {
    if (FENCE.test(line)) {
      finish()
      if (fenced !== null) blocks.push({ kind: 'verbatim', text: fenced.join('\n') })
      fenced = fenced === null ? [] : null
      continue
    }
    if (fenced !== null) {
      fenced.push(line)
      continue
    }
    const heading = HEADING.exec(line)
    const bullet = BULLET.exec(line)
    const number = NUMBER.exec(line)
    if (heading) {
      finish()
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, spans: spansOf(heading[2] ?? '') })
    } else if (bullet) {
      finish()
      addItem(blocks, null, spansOf(bullet[1] ?? ''))
    } else if (number) {
      finish()
      addItem(blocks, Number(number[1]), spansOf(number[2] ?? ''))
    } else if (line.trim() === '') {
      finish()
      blocks.push({ kind: 'paragraph', spans: [] })
    } else {
      continued(blocks, paragraph, line)
    }
  }
  finish()
  if (fenced !== null) blocks.push({ kind: 'verbatim', text: fenced.join('\n') })
  return blocks.filter((block) => block.kind !== 'paragraph' || block.spans.length > 0)
}

/** A numbered list that was interrupted goes on with its own number: clauses are cited by it. */
function addItem(blocks: Block[], number: number | null, item: Span[]) {
  const numbered = number !== null
  const last = blocks.at(-1)
  if (last?.kind === 'list' && last.numbered === numbered) last.items.push(item)
  else blocks.push({ kind: 'list', numbered, start: number ?? 1, items: [item] })
}

/** An indented line goes on with the item above it; any other begins or goes on with a paragraph. */
function continued(blocks: Block[], paragraph: string[], line: string) {
  const last = blocks.at(-1)
  const item =
    last?.kind === 'list' && paragraph.length === 0 && /^\s+/.test(line) ? last.items.at(-1) : undefined
  if (item) item.push(...spansOf(` ${line.trim()}`))
  else paragraph.push(line.trim())
}

function spansOf(text: string): Span[] {
  const spans: Span[] = []
  let rest = text
  const MARKED = /\*\*(.+?)\*\*|`([^`]+)`|(?<![\w*])[*_]([^*_\s][^*_]*?)[*_](?![\w*])/
  for (let found = MARKED.exec(rest); found !== null; found = MARKED.exec(rest)) {
    if (found.index > 0) spans.push({ style: 'plain', text: rest.slice(0, found.index) })
    if (found[1] !== undefined) spans.push({ style: 'strong', text: found[1] })
    else if (found[2] !== undefined) spans.push({ style: 'code', text: found[2] })
    else spans.push({ style: 'em', text: found[3] ?? '' })
    rest = rest.slice(found.index + found[0].length)
  }
  if (rest !== '') spans.push({ style: 'plain', text: rest })
  return spans
}
