import { code, open } from './en/code'
import { common } from './en/common'
import { failure } from './en/failure'
import { home } from './en/home'
import { doors, setup, unlock, welcome } from './en/identity'
import { connection, help, settings, shell } from './en/shell'
import { contract, pay, review, sign } from './en/sign'
import { agreement, history, pending, proof, stages, tallies, tally } from './en/tally'
import { invite, ticket } from './en/ticket'
import { amountWords } from './number-words'
import { time } from './time'

/** Every word of the window, in English. Other languages have to be of this type. */
export const en = {
  agreement,
  amountWords,
  code,
  common,
  connection,
  contract,
  doors,
  failure,
  help,
  history,
  home,
  invite,
  open,
  pay,
  pending,
  proof,
  review,
  settings,
  setup,
  shell,
  sign,
  stages,
  tallies,
  tally,
  ticket,
  time,
  unlock,
  welcome,
}

export type Dictionary = typeof en
