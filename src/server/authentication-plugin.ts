import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Authenticator } from '../auth/authenticator.ts'
import type { Principal } from '../auth/principal.ts'
import { type Rejection, rejectionOf } from '../auth/rejection.ts'
import { type ClientCode, LiverankError } from '../errors.ts'
import { bearerOf } from './bearer.ts'

/** The answer to a request that shows no valid token or key: 401, or 503 if nobody can check it now. */
interface Refusal {
  readonly status: 401 | 503
  readonly message: string
  readonly code: ClientCode
}

/** Decides who sends an HTTP request, before its body is read. */
export class RequestAuthentication {
  readonly #authenticator: Authenticator
  readonly #onRejected: ((why: Rejection) => void) | undefined
  readonly #principals = new WeakMap<Request, Principal>()

  /** @param onRejected called for each request that is refused */
  constructor(authenticator: Authenticator, onRejected?: (why: Rejection) => void) {
    this.#authenticator = authenticator
    this.#onRejected = onRejected
  }

  /** Returns who sent a request that was let in. */
  principalOf(request: Request): Principal | undefined {
    return this.#principals.get(request)
  }

  async #admit(request: Request, principal: Promise<Principal>): Promise<void> {
    this.#principals.set(request, await principal)
  }

  plugin(): Plugin {
    return {
      onRequest: ({ request, fetchAPI, endResponse }) => {
        // Whatever the method and the address are: which requests are operations, Yoga decides more loosely than by these.
        const refuse = (error: unknown) => {
          const { status, message, code } = refusalOf(error)
          const body = { errors: [{ message, extensions: { code } }] }
          const headers = status === 401 ? { 'www-authenticate': 'Bearer' } : { 'retry-after': '5' }
          this.#onRejected?.(rejectionOf(() => bearerOf(request.headers.get('authorization')), error))
          endResponse(fetchAPI.Response.json(body, { status, headers }))
        }
        try {
          const principal = this.#authenticator.authenticate(bearerOf(request.headers.get('authorization')))
          // Without a turn of the event loop where none is needed: this is on the way of every event.
          if (principal instanceof Promise) return this.#admit(request, principal).catch(refuse)
          this.#principals.set(request, principal)
        } catch (error) {
          refuse(error)
        }
        return undefined
      },
    }
  }

  /** Plugin that refuses a request whose sender would no longer be let in, now that its body is read. Goes behind all that may wait. */
  pluginBehindBody(): Plugin {
    return {
      onParams: ({ request }) => {
        const principal = this.#principals.get(request)
        if (principal && !this.#authenticator.isCurrent(principal)) throw noLongerValid()
      },
    }
  }
}

function noLongerValid(): GraphQLError {
  const code: ClientCode = 'UNAUTHENTICATED'
  const http = { status: 401, headers: { 'www-authenticate': 'Bearer' } }
  const message = 'While the request arrived, its token or key became invalid, or the service began to require one.'
  return new GraphQLError(message, { extensions: { code, http } })
}

/** @throws the error itself if it is a defect */
function refusalOf(error: unknown): Refusal {
  if (error instanceof LiverankError && error.code === 'UNAUTHENTICATED')
    return { status: 401, message: error.message, code: 'UNAUTHENTICATED' }
  if (error instanceof LiverankError && error.code === 'UNAVAILABLE')
    return { status: 503, message: error.message, code: 'UNAVAILABLE' }
  throw error
}
