export const welcome = {
  sentence:
    'A tally is a promise split in two: you keep one half, your friend keeps the other, and the notches must match.',
  under:
    'Tallystick keeps your half on this computer. No bank, no account, no fee. Owing a neighbour something is normal here.',
  theirs: [{ strong: 'Ana' }, ' keeps this half'],
  yours: [{ strong: 'You' }, ' keep this half'],
  stickAlt: 'A wooden stick split along its length. The same notches are on both halves.',
  start: 'Start new',
  startHelp: 'A name and a key',
  code: 'I was sent a code',
  codeHelp: 'It waits here for you',
  offline: 'Works offline. Nothing is sent yet.',
  kept: 'The code you pasted waits here until you are set up.',
}

export const setup = {
  step: (step: number, of: number) => `Step ${step} of ${of}`,
  nameTitle: 'What shall people call you?',
  nameIntro:
    'Partners see this name on your identity card. Nobody checks it: it is what you say about yourself.',
  name: 'Your name',
  nameHelp: 'You can be anyone here, but people lend to those they know.',
  nameEmpty: 'Write a name first.',
  keyTitle: 'Where your key lives',
  keyIntro: 'A key on this computer signs for you. It never leaves it, and no one else has a copy.',
  keyLegend: 'What protects it',
  keychain: 'The password store of this computer',
  keychainHelp: 'Opens when you log in. Nothing more to remember.',
  passphrase: 'A passphrase',
  passphraseHelp: 'You type it each time Tallystick starts.',
  keychainMissing: 'This session has no password store. Use a passphrase instead.',
  keychainRefused: 'The password store said no. Unlock it and open Tallystick again, or use a passphrase.',
  passphraseLabel: 'Passphrase',
  repeatLabel: 'The same once more',
  repeatDiffers: 'The two are not the same.',
  show: 'Show what I type',
  strength: 'Strength',
  strengths: ['too weak', 'too weak', 'fair', 'good', 'strong'],
  advice: 'Four or five unrelated words are easy to keep and hard to guess.',
  create: 'Make my key',
  creating: 'Making your key…',
  doneTitle: (name: string) => `This is you, ${name}.`,
  doneIntro: 'The picture and the four words stand for your key. They stay the same for life.',
  doneWords: 'When you meet a partner, compare the words on both screens.',
  doors: 'What now?',
  finish: 'Look around first',
}

export const unlock = {
  title: 'Your half is locked',
  intro: 'Type your passphrase to open the key on this computer.',
  keychainIntro: 'The password store of this computer keeps your key, and it is not open.',
  passphrase: 'Passphrase',
  submit: 'Unlock',
  working: 'Opening…',
}

export const doors = {
  invite: 'Invite someone',
  inviteHelp: 'Set your terms, show a code',
  code: 'I was sent a code',
  codeHelp: 'A picture, a link or some text',
}
