import type { FailureCode, WeakReason } from '~/backend/backend'
import { milliText } from '~/i18n/milli'
import { time } from '~/i18n/time'

type Rule = Extract<FailureCode, { kind: 'badSettings' }>['rule']

/** What happened, what did not happen, what you can do. */
export type FailureWords = { happened: string; instead: string; todo: string }

const WEAK: Record<WeakReason, string> = {
  tooShort: 'It has fewer than ten characters.',
  tooUniform: 'It repeats too few characters.',
  tooCommon: 'It is among the first that anybody would try.',
}

const RULES: Record<Rule, string> = {
  targetAboveBound: 'What you like to hold is more than your “never more than”.',
  negative: 'Amounts cannot be below zero.',
  chargeRange: 'A charge lies between −100 % and 100 %.',
  chargeSum: 'When one charge is negative the other must be at least as large.',
}

export const failure = {
  rules: RULES,
  weak: WEAK,
  code: (kind: string) => `code: ${kind}`,
  again: { safe: 'Pressing again cannot do it twice.', unsafe: 'Look at the tally before you press again.' },
  words(code: FailureCode): FailureWords {
    switch (code.kind) {
      case 'locked':
        return say('Your key is locked.', 'Nothing was signed or sent.', 'Unlock it and do this again.')
      case 'alreadySetUp':
        return say(
          'There is an identity on this computer already.',
          'No second one was made.',
          'Close this window and open it again.',
        )
      case 'keychainMissing':
        return say('This session has no password store.', 'No key was made.', 'Use a passphrase instead.')
      case 'keychainRefused':
        return say(
          'The password store said no.',
          'No key was made or opened.',
          'Unlock the store and try again, or use a passphrase.',
        )
      case 'keysDamaged':
        return say(
          'The key file on this computer is damaged.',
          'Nothing was changed in it.',
          'Keep the file. A backup can bring the key back.',
        )
      case 'wrongPassphrase':
        return say(
          'That passphrase does not open the key.',
          'Nothing was changed.',
          'Try again. Mind capital letters and the keyboard layout.',
        )
      case 'weakPassphrase':
        return say(
          'That passphrase is too easy to guess.',
          WEAK[code.reason],
          'Four or five unrelated words are easy to keep and hard to guess.',
        )
      case 'badName':
        return say('That name cannot be used.', 'Nothing was saved.', 'Use letters and spaces, 60 at most.')
      case 'notFound':
        return say('This is not here any more.', 'Nothing was changed.', 'Go back and look again.')
      case 'stale':
        return say(
          'Something changed while this was open, or it was open too long.',
          'Nothing was signed.',
          'Look again; the numbers may be different.',
        )
      case 'outOfTurn':
        return say(
          'It is not your turn here any more.',
          'Nothing was signed or sent.',
          'Look at the tally: it has moved on.',
        )
      case 'badAmount':
        return say(
          'That amount cannot be used.',
          'Nothing was signed.',
          'Use more than zero and at most 999,999,999.999.',
        )
      case 'tooLong':
        return say('That text is too long.', 'Nothing was saved.', 'Make it shorter.')
      case 'notContactable':
        return say(
          'This code cannot be used to make contact.',
          'Nothing was sent.',
          'Open the code again to see why.',
        )
      case 'unreadableImage':
        return say(
          'This file is not a picture that can be read.',
          'Nothing was sent.',
          'Try a PNG or JPEG, or a new screenshot.',
        )
      case 'imageTooLarge':
        return say(
          'This picture is too large.',
          'It was not opened.',
          'Cut out the part with the code and try again.',
        )
      case 'svgRefused':
        return say(
          'Drawings of this kind are not opened.',
          'It was left alone.',
          'Take a screenshot of the code instead.',
        )
      case 'pdfRefused':
        return say(
          'This PDF cannot be read.',
          'It is broken, or asks for a password. Nothing was sent.',
          'Take a screenshot of the page with the code, or let Tallystick look at your screen.',
        )
      case 'noCodeOnScreen':
        return say(
          'There is no code to be seen on your screen.',
          'The picture of it is gone again.',
          'Put the code where nothing covers it, larger if you can, and try again.',
        )
      case 'screenRefused':
        return say(
          'Your screen was not looked at.',
          'You or your system said no.',
          'Try again, or paste a picture.',
        )
      case 'screenUnavailable':
        return say(
          'This system does not let Tallystick see the screen.',
          'Nothing was looked at.',
          'Take a screenshot yourself and paste it here.',
        )
      case 'screenFailed':
        return say(
          'Your screen could not be seen.',
          'Nothing was kept.',
          'Take a screenshot yourself and paste it here.',
        )
      case 'nothingWaits':
        return say(
          'Nothing waits for them.',
          'Nothing was shown.',
          'Sign something first; it waits here until they have it.',
        )
      case 'notTaken':
        return say(
          'Nothing in this has any business here.',
          'Nothing was changed.',
          'Ask them to show the code again.',
        )
      case 'noReferee':
        return say('Nobody is known who could decide.', 'Nothing was sent.', 'Trust a referee first.')
      case 'noWay':
        return say('No way to them was found.', 'Nothing was paid.', 'Try again in a minute.')
      case 'badCode':
        return say('This is no invoice, or it was altered.', 'Nothing was paid.', 'Ask for it again.')
      case 'partnersOnly':
        return say(
          'Only somebody who has a tally with them can pay this.',
          'Nothing was paid.',
          'Ask them to invite you.',
        )
      case 'cannotPrint':
        return say('No dialog for printing came.', 'Nothing was printed.', 'Save the picture and print that.')
      case 'noCodeInImage':
        return say(
          'There is no code in this picture.',
          'Nothing was sent.',
          'Try a sharper picture with the whole code and its white edge.',
        )
      case 'contractMissing':
        return say(
          'The text of the agreement is not on this computer.',
          'Nothing was signed: you cannot sign what you cannot read.',
          'Ask your partner which agreement they mean.',
        )
      case 'badSettings':
        return say(
          'These settings break a rule.',
          RULES[code.rule],
          'Nothing was signed. Change them and look again.',
        )
      case 'onlyTowardZero':
        return say(
          'This tally is closing: it may only come nearer to zero.',
          'Nothing was signed.',
          code.rest === 0
            ? 'You can promise nothing more here.'
            : `You can sign at most ${milliText(code.rest)} CHIP here.`,
        )
      case 'tooEarly':
        return say(
          'That is sooner than the notice you agreed to give.',
          'Nothing was signed.',
          `The first day you can ask for is ${time.date(code.earliest)}.`,
        )
      case 'copiesDiffer':
        return say(
          'The two copies of this tally do not match.',
          'Nothing was signed: new promises here are paused.',
          'Compare the copies on the tally’s Proof tab.',
        )
      case 'tooManyWaiting':
        return say(
          'Too many things already wait for this partner.',
          'Nothing was sent.',
          'Wait until some of them are answered, or take one back.',
        )
      case 'cannotCancel':
        return say(
          'It is too late to take this entry back: it has left this computer.',
          'Nothing was changed; the entry counts.',
          'Your partner can send the same amount back.',
        )
      case 'ranOut':
        return say('This ran out before you answered.', 'Nothing was signed.', 'Ask for it to be sent again.')
      case 'notAContract':
        return say(
          'This text is not an agreement that can be signed.',
          'It was not kept.',
          'It has to be plain text whose first heading is its title.',
        )
      case 'badAddress':
        return say(
          'That is not the address of a wallet.',
          'Nothing was made.',
          'An address begins with chip:// and is shown on the other person’s identity card.',
        )
      case 'disk':
        return say(
          'The disk refused to write.',
          'Nothing was signed or sent.',
          'Make room or check the disk, then try again.',
        )
      case 'internal':
        return say(
          'Something went wrong inside Tallystick.',
          'It is our fault, not yours.',
          'Copy the details for a report.',
        )
    }
  },
}

function say(happened: string, instead: string, todo: string): FailureWords {
  return { happened, instead, todo }
}
