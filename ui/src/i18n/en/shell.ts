import type { ConnectionWhy, TurnedAwayWhy } from '~/backend/backend'
import type { Standing } from '~/backend/standing'

export const shell = {
  sections: 'Sections',
  actions: 'Actions',
  status: 'Status',
  home: 'Home',
  tallies: 'Tallies',
  activity: 'Activity',
  connection: 'Connection',
  settings: 'Settings',
  openCode: 'Open a code',
  invite: 'Invite',
  pay: 'Pay',
  request: 'Request',
  onThisComputer: 'on this computer',
  needYou: (count: number) => `${count} ${count === 1 ? 'tally needs' : 'tallies need'} you`,
  unlocked: 'Key unlocked',
  locked: 'Key locked',
  copiesMatch: (matching: number, all: number) =>
    all === 0
      ? 'No open tallies'
      : `Copies match on ${matching} of ${all} ${all === 1 ? 'tally' : 'tallies'}`,
  hideAmounts: 'Hide amounts',
  showAmounts: 'Show amounts',
  dropAnywhere: 'Let go to look at it. Nothing is sent.',
  connectionWords: {
    online: 'Online — people can reach you',
    nearby: 'Online — people on your network can reach you',
    alone: 'Online — only this computer can reach you',
    outgoingOnly: 'Online — only you can start',
    offline: 'Offline — everything here still works',
    blocked: 'Blocked — nobody can reach you',
  } satisfies Record<Standing, string>,
}

export const help = {
  title: 'Keys',
  intro: 'Single letters work while no field has the focus.',
  keys: [
    ['1', 'Home'],
    ['2', 'Tallies'],
    ['3', 'Activity'],
    ['4', 'Clearing'],
    ['N', 'New invitation'],
    ['O', 'Open a code'],
    ['P', 'Pay'],
    ['R', 'Request'],
    ['J  K', 'Next or previous in Activity'],
    ['E  U', 'Mark as read or not read there'],
    ['Ctrl V', 'Open a copied code or picture'],
    ['Ctrl Shift H', 'Hide or show amounts'],
    ['Ctrl ,', 'Settings'],
    ['Esc', 'Close what is on top'],
    ['?', 'This list'],
  ] as [string, string][],
}

export const connection = {
  title: 'Connection',
  headline: {
    online: 'Online. People can reach you.',
    nearby: 'Online. People on your network can reach you.',
    alone: 'Online. Only this computer can reach you.',
    outgoingOnly: 'Online. Only you can start.',
    offline: 'Offline. Everything here still works.',
    blocked: 'Blocked. Nobody can reach you.',
  } satisfies Record<Standing, string>,
  why: {
    listening: 'This computer listens. Nobody has come in yet since it started.',
    relayed: 'Your relay takes calls for you. Nobody has come in yet since this started.',
    reached: 'Somebody’s computer has come in and was answered.',
    portInUse: 'Another program on this computer holds our port.',
    noNetwork: 'This computer has no network.',
    notListening: 'This wallet was started without listening. It calls your partners itself.',
  } satisfies Record<ConnectionWhy, string>,
  meaning: 'What this means',
  facts: 'At this moment',
  listening: 'Listening at',
  notListening: 'not listening',
  links: 'Partners connected now',
  waiting: 'Messages waiting to be sent',
  partners: 'Partner',
  lastHeard: 'Last heard',
  copies: 'Both copies',
  neverHeard: 'not yet',
  clock: {
    behind: (by: string) => `This computer’s clock seems to be ${by} slow.`,
    ahead: (by: string) => `This computer’s clock seems to be ${by} fast.`,
    help: (partners: number) =>
      partners === 1
        ? 'It differs so much from the clock of a partner; one of the two is wrong. Invitations and requests can end too early or too late until it is set.'
        : `It differs so much from the clocks of most partners (${partners} compared). Invitations and requests can end too early or too late until it is set.`,
  },
  turnedAway: {
    title: 'Turned away',
    help: 'Computers that did wrong at your door. They are not let in for a while; you need not do anything. A partner behind the same address still gets through, more slowly.',
    why: {
      nonsense: 'talks, but not like a wallet',
      badKey: 'could not prove who it is',
      badTicket: 'brought tickets that are no good',
      unknown: 'has no tally with you',
      silent: 'held the line and said nothing',
    } satisfies Record<TurnedAwayWhy, string>,
    until: (until: string, times: number) =>
      times > 1 ? `Until ${until}; ${times} times lately` : `Until ${until}; the first time`,
    forgive: 'Let in again',
    forgiveOne: (address: string) => `Let ${address} in again`,
    forgiveAll: 'Let all in again',
    more: (count: number) => `and ${count} more`,
  },
  noPartners: 'Nobody yet. Partners appear here once a tally is begun.',
  points: {
    online: [
      ['Partners can come in', 'They reach this computer at the address below'],
      ['Payments arrive while the app is open', 'When it is closed they wait on your partner’s side'],
    ],
    nearby: [
      ['Partners on your network can come in', 'They reach this computer at the address below'],
      ['Others wait until you start', 'You can start with anybody; your router keeps their calls out'],
    ],
    alone: [
      ['You can pay, offer and answer', 'This computer calls your partners'],
      ['Nobody else can start', 'Only programs on this computer are let in'],
    ],
    outgoingOnly: [
      ['You can pay, offer and answer', 'This computer calls your partners'],
      ['They cannot start', 'What they send waits until you are connected to them'],
    ],
    offline: [
      ['You can read and sign', 'What you sign waits here and is sent by itself later'],
      ['Nothing arrives', 'Your partners see you as away'],
    ],
    blocked: [
      ['You can read and sign', 'What you sign is sent by itself as soon as it can be'],
      ['Close the other program', 'Your port is asked for again every minute'],
    ],
  } satisfies Record<Standing, [string, string][]>,
}

export const settings = {
  title: 'Settings',
  appearance: 'Appearance',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  privacy: 'When others look',
  hide: 'Hide amounts',
  hideHelp: 'Blanks every amount, bar and stick. Ctrl Shift H does the same.',
  identity: 'Your identity card',
  identityHelp: 'What partners see of you. It is what you say about yourself; nobody has checked it.',
  wordsHelp: 'Read these four words to a partner when you want to be sure you see each other.',
  address: 'Address',
  copyAddress: 'Copy address',
  protector: 'Key kept by',
  protectors: { keychain: 'the password store of this computer', passphrase: 'your passphrase' },
  warning:
    'Your identity lives on this computer. If it breaks and you have no backup, people still owe you, but you cannot act as yourself.',
  about: (version: string) => `Tallystick ${version}`,
  nobody: 'No one from this project will write to you first or ask for your passphrase.',
}
