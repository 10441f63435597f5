import type { Principal } from '../auth/principal.ts'
import type { StorageLimit } from '../schema/stored-bytes.ts'
import { pacedStream } from './paced-stream.ts'
import { type RateLimits, tooEarly } from './rate-limits.ts'

const UNLIMITED: StorageLimit = { take: () => {}, paced: (stream) => stream }

/** Limits what a caller may make the service store. @param isHttp whether the operation is answered by HTTP */
export function storageLimit(rates: RateLimits, principal: Principal, isHttp: boolean): StorageLimit {
  if (!rates.limitsStorageOf(principal)) return UNLIMITED
  const refuse = (wait: number) => {
    if (wait > 0) throw tooEarly(wait, isHttp)
  }
  return {
    take: (bytes) => {
      const wait = rates.takeStored(principal, bytes())
      return typeof wait === 'number' ? refuse(wait) : wait.then(refuse)
    },
    paced: (stream, bytes) => {
      const perMessage = bytes()
      return pacedStream(stream, () => rates.takeStored(principal, perMessage))
    },
  }
}
