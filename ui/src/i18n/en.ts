import { activity } from './en/activity'
import { card } from './en/card'
import { code, open } from './en/code'
import { common } from './en/common'
import { contract } from './en/contract'
import { failure } from './en/failure'
import { home } from './en/home'
import { doors, setup, unlock, welcome } from './en/identity'
import { connection, help, settings, shell } from './en/shell'
import { negotiation } from './en/negotiation'
import { request } from './en/request'
import { pay, review, sign } from './en/sign'
import { agreement, history, pending, proof, stages, tallies, tally } from './en/tally'
import { invite, ticket } from './en/ticket'
import { amountWords } from './number-words'
import { time } from './time'

/** Every word of the window, in English. Other languages have to be of this type. */
export const en = {
  activity,
  agreement,
  amountWords,
  card,
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
  negotiation,
  open,
  pay,
  pending,
  proof,
  request,
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
