import { activity } from './en/activity'
import { camera } from './en/camera'
import { card } from './en/card'
import { clearing } from './en/clearing'
import { closing } from './en/closing'
import { code, open } from './en/code'
import { copies } from './en/copies'
import { common } from './en/common'
import { contract } from './en/contract'
import { differences } from './en/differences'
import { failure } from './en/failure'
import { handOver } from './en/handover'
import { home } from './en/home'
import { doors, setup, unlock, welcome } from './en/identity'
import { connection, help, settings, shell } from './en/shell'
import { invoice, payment } from './en/invoice'
import { negotiation } from './en/negotiation'
import { paper } from './en/paper'
import { reach } from './en/reach'
import { request } from './en/request'
import { pay, review, sign } from './en/sign'
import { standing } from './en/standing'
import { agreement, history, pending, proof, stages, tallies, tally, unreadable } from './en/tally'
import { invite, ticket } from './en/ticket'
import { amountWords } from './number-words'
import { time } from './time'

/** Every word of the window, in English. Other languages have to be of this type. */
export const en = {
  activity,
  agreement,
  amountWords,
  camera,
  card,
  clearing,
  closing,
  code,
  copies,
  common,
  connection,
  contract,
  differences,
  doors,
  failure,
  handOver,
  help,
  history,
  home,
  invite,
  invoice,
  negotiation,
  open,
  paper,
  pay,
  payment,
  pending,
  proof,
  reach,
  request,
  review,
  settings,
  setup,
  shell,
  sign,
  stages,
  standing,
  tallies,
  tally,
  ticket,
  time,
  unlock,
  unreadable,
  welcome,
}

export type Dictionary = typeof en
