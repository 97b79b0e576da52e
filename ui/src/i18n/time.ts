// Times people read: local, and relative where that is what matters. Exact ones go into tooltips.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const secondTime = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const dayMonthYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })
const shortMonthYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long' })
const wholeDay = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })
const dayLongMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' })
const month = new Intl.DateTimeFormat('en-GB', { month: 'short' })

/** Days from one local calendar day to another. */
function daysApart(earlier: number, later: number): number {
  return Math.round((new Date(later).setHours(0, 0, 0, 0) - new Date(earlier).setHours(0, 0, 0, 0)) / DAY)
}

export const time = {
  /** `10:52` */
  clock: (at: number) => clockTime.format(at),
  /** `14:03:22` */
  second: (at: number) => secondTime.format(at),
  /** `3 May 2026` */
  date: (at: number) => dayMonthYear.format(at),
  /** `22 Nov 2026, 10:58` */
  exact: (at: number) => `${shortMonthYear.format(at)}, ${clockTime.format(at)}`,
  /** The last second of that day, here. */
  endOfDay: (at: number) => new Date(at).setHours(23, 59, 59, 0),
  /** `Sunday 22 November` */
  today: (now: number) => wholeDay.format(now).replace(',', ''),
  /** `20 Nov` */
  dayMonth: (at: number) => dayMonth.format(at),
  /** `Nov` */
  month: (at: number) => month.format(at),

  /** `Today, 10:52`, `Yesterday, 17:20`, `12 Nov`, `12 Nov 2025` */
  past(at: number, now: number): string {
    const days = daysApart(at, now)
    if (days <= 0) return `Today, ${clockTime.format(at)}`
    if (days === 1) return `Yesterday, ${clockTime.format(at)}`
    return new Date(at).getFullYear() === new Date(now).getFullYear()
      ? dayMonth.format(at)
      : shortMonthYear.format(at)
  },

  /** The same inside a sentence: `today, 10:52`, `12 Nov` */
  pastInside: (at: number, now: number) =>
    time.past(at, now).replace(/^(Today|Yesterday)/, (word) => word.toLowerCase()),

  /** `today, 15:00`, `tomorrow, 15:00`, `Tuesday, 18:00`, `3 December 2026, 18:00` */
  until(at: number, now: number): string {
    const days = daysApart(now, at)
    const clock = clockTime.format(at)
    if (days === 0) return `today, ${clock}`
    if (days === 1) return `tomorrow, ${clock}`
    if (days === -1) return `yesterday, ${clock}`
    return days > 1 && days < 7 ? `${weekday.format(at)}, ${clock}` : `${dayMonthYear.format(at)}, ${clock}`
  },

  /** `10:52` today, `Yesterday`, `12 Nov`, `12 Nov 2025` */
  moment(at: number, now: number): string {
    return daysApart(at, now) <= 0 ? clockTime.format(at) : (time.past(at, now).split(',')[0] ?? '')
  },

  /** `today`, `tomorrow`, `Tuesday`, `19 December`, `19 December 2027`: the day a thing is due. */
  day(at: number, now: number): string {
    const days = daysApart(now, at)
    if (days === 0) return 'today'
    if (days === 1) return 'tomorrow'
    if (days > 1 && days < 7) return weekday.format(at)
    return new Date(at).getFullYear() === new Date(now).getFullYear()
      ? dayLongMonth.format(at)
      : dayMonthYear.format(at)
  },

  /** `2 h 5 min left`, `until tomorrow`, `until Tuesday`, `until 19 December`, `over since 14:00` */
  due(at: number, now: number): string {
    if (at <= now)
      return `over since ${time.past(at, now).replace(/^T|^Y/, (letter) => letter.toLowerCase())}`
    return at - now < DAY / 2 ? `${time.left(at - now)} left` : `until ${time.day(at, now)}`
  },

  /** `Today`, `Yesterday`, `Friday 20 November`, `20 November 2025`: the head of a day in a list. */
  heading(at: number, now: number): string {
    const days = daysApart(at, now)
    if (days <= 0) return 'Today'
    if (days === 1) return 'Yesterday'
    return new Date(at).getFullYear() === new Date(now).getFullYear()
      ? time.today(at)
      : dayMonthYear.format(at)
  },

  /** `just now`, `2 min ago`, `3 hours ago`, `quiet since Tuesday` is for the caller to say. */
  ago(at: number, now: number): string {
    const gone = Math.max(0, now - at)
    if (gone < MINUTE) return 'just now'
    if (gone < HOUR) return `${Math.floor(gone / MINUTE)} min ago`
    if (gone < DAY)
      return Math.floor(gone / HOUR) === 1 ? '1 hour ago' : `${Math.floor(gone / HOUR)} hours ago`
    return time.past(at, now).toLowerCase().startsWith('y')
      ? `yesterday, ${clockTime.format(at)}`
      : time.past(at, now)
  },

  /** Time left in its two largest units: `1 d 4 h`, `12 min`, `40 s` */
  left(ms: number): string {
    const rest = Math.max(0, ms)
    const days = Math.floor(rest / DAY)
    const hours = Math.floor((rest % DAY) / HOUR)
    const minutes = Math.floor((rest % HOUR) / MINUTE)
    if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`
    if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`
    return minutes > 0 ? `${minutes} min` : `${Math.ceil(rest / 1000)} s`
  },
}
