import { failureOf, type Failure } from '~/backend/backend'
import { latest } from './latest'

/** Something read from the wallet and read again whenever it may have changed. */
export class Resource<T> {
  value = $state.raw<T | null>(null)
  failure = $state.raw<Failure | null>(null)
  readonly refresh: () => Promise<void>

  constructor(fetch: () => Promise<T>) {
    this.refresh = latest(async () => {
      try {
        this.value = await fetch()
        this.failure = null
      } catch (thrown) {
        this.failure = failureOf(thrown)
      }
    })
  }
}
