/** The part of a name people call somebody by. */
export function callName(name: string): string {
  const first = name.trim().split(/\s+/)[0] ?? ''
  return first.length > 0 && first.length <= 18 ? first : name
}

export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

export const common = {
  appName: 'Tallystick',
  chip: 'CHIP',
  back: 'Back',
  next: 'Next',
  close: 'Close',
  cancel: 'Cancel',
  notNow: 'Not now',
  read: 'Read',
  tryAgain: 'Try again',
  loading: 'Reading this computer…',
  hidden: 'hidden',
  even: 'Even',
  you: 'You',
  callName,
  copied: 'Copied',
  savedAs: 'Saved as',
  copyDetails: 'Copy details',
  notCopied:
    'Nothing was copied. The system keeps its clipboard closed to this window; select the text instead.',
  toClipboard: (what: string) => `${what} copied`,
  words: (words: readonly string[]) => words.join(' · '),
  markOf: (name: string) => `Picture of ${name}`,
  unseen: (count: number) =>
    count === 1 ? 'a character that cannot be seen' : `${count} characters that cannot be seen`,
  days: (count: number) => plural(count, 'day', 'days'),
  noticeOf: (days: number) => `${days} ${days === 1 ? 'day’s' : 'days’'} notice`,
  brandAlt: 'Two halves of one split stick',
}
