import { describe, expect, it, vi } from 'vitest'

import type { Backend, Event } from '~/backend/backend'
import { demo, world } from '~/backend/demo'
import { latest } from '~/state/latest'
import { Opener } from '~/state/opener.svelte'
import { Payment } from '~/state/payment.svelte'
import { Session } from '~/state/session.svelte'
import { ARM_AFTER, CLOSE_AFTER, Signing } from '~/state/signing.svelte'
import { Tallies } from '~/state/tallies.svelte'
import { Tally } from '~/state/tally.svelte'
import { Wallet } from '~/state/wallet.svelte'

const ANA = 'tally-1'

describe('latest', () => {
  it('runs once more when asked while running, and never twice at once', async () => {
    let running = 0
    let runs = 0
    const step = latest(async () => {
      running += 1
      runs += 1
      expect(running).toBe(1)
      await Promise.resolve()
      running -= 1
    })

    await Promise.all([step(), step(), step()])

    expect(runs).toBe(2)
  })
})

describe('the session', () => {
  it('begins new, and an identity makes it ready', async () => {
    const session = new Session(demo(world({ scene: 'new' })))
    await session.load()
    expect(session.welcoming).toBe(true)

    expect(await session.create({ name: 'Ana Ruiz', protector: { kind: 'keychain' } })).toBe(true)

    expect(session.stage).toBe('ready')
    expect(session.identity?.name).toBe('Ana Ruiz')
  })

  it('keeps a wrong passphrase out and says so', async () => {
    const session = new Session(demo(world({ scene: 'locked' })))
    await session.load()

    expect(await session.unlock('nope')).toBe(false)

    expect(session.failure?.code.kind).toBe('wrongPassphrase')
    expect(session.stage).toBe('locked')
  })

  it('puts a choice back when the wallet refuses it', async () => {
    const backend: Backend = { ...world().backend(), choose: () => Promise.reject(new Error('disk')) }
    const session = new Session(backend)
    await session.load()

    await session.choose({ theme: 'dark' })

    expect(session.choices.theme).toBe('system')
    expect(session.failure?.code.kind).toBe('internal')
  })
})

describe('the tallies', () => {
  it('add up to what home says', async () => {
    const backend = demo()
    const tallies = new Tallies(backend)
    await tallies.refresh()
    const home = await backend.home()

    expect(tallies.iOwe).toBe(-home.iOwe)
    expect(tallies.owedToMe).toBe(home.owedToMe)
  })

  it('count each filter as it shows it', async () => {
    const tallies = new Tallies(demo())
    await tallies.refresh()

    tallies.filter = 'iOwe'

    expect(tallies.shown).toHaveLength(tallies.count('iOwe'))
    expect(tallies.shown.every((row) => row.balance < 0)).toBe(true)
  })
})

describe('a tally looked at through a filter', () => {
  it('shows what was asked for last, however late an earlier answer comes', async () => {
    const backend = demo()
    let letGo: () => void = () => undefined
    const held = new Promise<void>((resolve) => (letGo = resolve))
    const tally = new Tally(
      {
        ...world().backend(),
        history: async (id, before, filter) => {
          if (filter.kind === 'settings') await held
          return backend.history(id, before, filter)
        },
      },
      ANA,
    )
    await tally.reload()

    const slow = tally.choose({ kind: 'settings' })
    await tally.choose({ kind: 'clearing' })
    letGo()
    await slow

    expect(tally.history.entries.map(({ kind }) => kind)).toEqual(['clearing', 'clearing', 'clearing'])
  })

  it('keeps its latest entry and its chart, whatever is filtered', async () => {
    const tally = new Tally(demo(), ANA)
    await tally.reload()
    const { current } = tally
    const all = tally.everything.entries

    await tally.choose({ kind: 'settings' })

    expect(tally.current).toEqual(current)
    expect(tally.everything.entries).toBe(all)
    expect(tally.history.hidden).toBe(22)
  })
})

describe('signing', () => {
  async function opened(people = world({ pace: 100 })) {
    vi.useFakeTimers()
    const backend = demo(people)
    const sign = vi.spyOn(backend, 'sign')
    const signing = new Signing(backend)
    await signing.pay(ANA, 12_500, 'bike tube')
    return { backend, signing, sign }
  }

  it('does not arm before its time', async () => {
    const { signing } = await opened()
    expect(signing.canConfirm).toBe(false)

    vi.advanceTimersByTime(ARM_AFTER)

    expect(signing.canConfirm).toBe(true)
  })

  it('signs once however often it is pressed', async () => {
    const { signing, backend } = await opened()
    vi.advanceTimersByTime(ARM_AFTER)
    const before = (await backend.history(ANA, null, { kind: 'all', who: 'all', text: null })).total

    await Promise.all([signing.confirm(), signing.confirm(), signing.confirm()])

    expect((await backend.history(ANA, null, { kind: 'all', who: 'all', text: null })).total).toBe(before + 1)
    expect(signing.state).toBe('signed')
  })

  it('opens no second sheet', async () => {
    const { signing } = await opened()
    const first = signing.preview

    expect(await signing.pay(ANA, 1, null)).toBe(false)

    expect(signing.preview).toBe(first)
  })

  it('closes by itself only once the other side has it', async () => {
    const { signing, backend } = await opened()
    vi.advanceTimersByTime(ARM_AFTER)
    await signing.confirm()
    vi.advanceTimersByTime(99)
    expect(signing.preview).not.toBeNull()

    vi.advanceTimersByTime(1)
    signing.follow(await backend.tally(ANA))
    expect(signing.stage).toBe('delivered')
    vi.advanceTimersByTime(CLOSE_AFTER)

    expect(signing.preview).toBeNull()
  })

  it('says that nothing was signed when the sheet lapsed, and can begin anew', async () => {
    const { signing } = await opened()
    vi.advanceTimersByTime(601_000)

    await signing.confirm()
    expect(signing.failure?.code.kind).toBe('stale')
    await signing.again()

    expect(signing.state).toBe('ready')
    expect(signing.preview).not.toBeNull()
  })
})

describe('opening codes', () => {
  it('sends nothing before contact', async () => {
    const people = world()
    const backend = demo(people)
    const opener = new Opener(backend)
    const before = (await backend.tallies()).length

    await opener.text('chip://x@y:1?ticket=1')
    expect((await backend.tallies()).length).toBe(before)
    const tally = await opener.contact()

    expect(tally).not.toBeNull()
    expect((await backend.tallies()).length).toBe(before + 1)
  })

  it('does not contact with a card that has a problem', async () => {
    const opener = new Opener(demo())
    await opener.text('demo:expired')

    expect(await opener.contact()).toBeNull()
  })

  it('says so when a picture holds no code', async () => {
    const opener = new Opener({ ...world().backend(), imageInspect: async () => [] })

    await opener.file(new Blob([new Uint8Array([1])], { type: 'image/png' }))

    expect(opener.failure?.code.kind).toBe('noCodeInImage')
  })
})

describe('a payment', () => {
  it('is complete with a partner and more than zero', () => {
    const payment = new Payment()
    payment.begin(ANA)
    payment.amount = '0'
    expect(payment.complete).toBe(false)

    payment.amount = '12.5'

    expect(payment.units).toBe(12_500)
    expect(payment.complete).toBe(true)
  })
})

describe('the wallet', () => {
  async function started() {
    const backend = demo()
    let tell: (event: Event) => void = () => undefined
    const home = vi.fn(() => backend.home())
    const connection = vi.fn(() => backend.connection())
    const wallet = new Wallet({
      ...world().backend(),
      home,
      connection,
      listen: async (hear) => {
        tell = hear
        return () => undefined
      },
    })
    await wallet.start()
    wallet.stop()
    home.mockClear()
    connection.mockClear()
    return { home, connection, tell: (event: Event) => tell(event) }
  }

  it('reads only what a notice names', async () => {
    const { home, connection, tell } = await started()

    tell({ seq: 1, happening: { kind: 'connectionChanged' } })

    await vi.waitFor(() => expect(connection).toHaveBeenCalledOnce())
    expect(home).not.toHaveBeenCalled()
  })

  it('reads everything again after a gap', async () => {
    const { home, tell } = await started()

    tell({ seq: 1, happening: { kind: 'connectionChanged' } })
    tell({ seq: 3, happening: { kind: 'connectionChanged' } })

    await vi.waitFor(() => expect(home).toHaveBeenCalled())
  })

  it('reads everything again when events were dropped', async () => {
    const { home, tell } = await started()

    tell({ seq: 1, happening: { kind: 'lagged' } })

    await vi.waitFor(() => expect(home).toHaveBeenCalled())
  })
})
