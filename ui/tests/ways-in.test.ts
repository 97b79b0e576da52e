import { fireEvent, screen } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

import { failure, type FailureCode } from '~/backend/backend'
import { t } from '~/i18n'
import { changed, openWindow } from './window'

const PICTURE = new File([new Uint8Array([1, 2])], 'code.png', { type: 'image/png' })

function carrying(file: File | null, text = '') {
  return { dataTransfer: { files: file === null ? [] : [file], getData: () => text } }
}

describe('ways in', () => {
  it('takes a picture dropped anywhere, and says so while it is held over the window', async () => {
    await openWindow()
    await fireEvent.dragEnter(document.body, carrying(PICTURE))
    expect(screen.getByTestId('drop-anywhere')).toBeTruthy()

    await fireEvent.drop(document.body, carrying(PICTURE))

    expect(await screen.findByTestId('code-contact')).toBeTruthy()
    expect(screen.queryByTestId('drop-anywhere')).toBeNull()
  })

  it('takes a picture pasted anywhere', async () => {
    const { user } = await openWindow()
    const data = { files: [PICTURE], getData: () => '' }

    await user.click(screen.getByTestId('nav-tallies'))
    await fireEvent.paste(document.body, { clipboardData: data })

    expect(await screen.findByTestId('code-contact')).toBeTruthy()
  })

  it('leaves a paste into a field to the field', async () => {
    const { user } = await openWindow()
    await user.click(screen.getByTestId('nav-invite'))

    await user.click(screen.getByTestId('invite-note'))
    await user.paste('chip://x@y:1?ticket=1')

    expect(screen.getByTestId('invite-note')).toHaveValue('chip://x@y:1?ticket=1')
    expect(screen.getByTestId('invite-page')).toBeTruthy()
  })

  it('looks for codes on the screen, and lets the person choose among several', async () => {
    const { user } = await openWindow()
    await user.click(screen.getByTestId('nav-open'))

    await user.click(screen.getByRole('button', { name: t.open.screenLabel }))

    const choices = await screen.findAllByTestId('code-choice')
    expect(choices.map((choice) => choice.textContent.trim())).toEqual([
      'Farida Noor',
      t.code.problems.barcode.title,
    ])
    await user.click(choices[1] ?? document.body)
    expect(screen.getByTestId('code-problem-barcode')).toBeTruthy()
  })

  it.each(['screenRefused', 'screenUnavailable', 'screenFailed', 'noCodeOnScreen'] as const)(
    'says what to do when the screen gives nothing: %s',
    async (kind) => {
      const code: FailureCode = { kind }
      const { user } = await openWindow('full', (backend) =>
        changed(backend, { screenInspect: () => Promise.reject(failure(code)) }),
      )
      await user.click(screen.getByTestId('nav-open'))
      await user.click(screen.getByTestId('open-screen'))

      const said = await screen.findByTestId('open-failure')
      expect(said).toHaveAttribute('data-code', kind)
      expect(said).toHaveTextContent(t.failure.words(code).todo)
    },
  )

  it('hands a PDF on, and says in words that one cannot be read', async () => {
    const { user, backend } = await openWindow()
    const code = { kind: 'pdfRefused' } as const
    const inspect = vi.spyOn(backend, 'imageInspect').mockRejectedValue({ code, retryable: false, safeToRepeat: true })
    await user.click(screen.getByTestId('nav-open'))

    await user.upload(
      screen.getByTestId('open-file'),
      new File(['%PDF-1.7'], 'invite.pdf', { type: 'application/pdf' }),
    )

    const said = await screen.findByTestId('open-failure')
    expect(said).toHaveAttribute('data-code', 'pdfRefused')
    expect(said).toHaveTextContent(t.failure.words(code).todo)
    expect(inspect).toHaveBeenCalledOnce()
  })
})
