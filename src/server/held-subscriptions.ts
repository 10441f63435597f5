import type { IncomingMessage } from 'node:http'
import type { DocumentNode } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Context } from '../schema/context.ts'
import { CLOSE_CODES } from './close-codes.ts'
import type { HeldBytes } from './held-bytes.ts'
import { CHARACTER_BYTES } from './parsed-documents.ts'
import { isServer } from './rate-limits.ts'
import type { ServedSocket } from './served-socket.ts'
import { countVariables } from './variables.ts'

/** Memory that a subscription takes beside its document and its variables, in bytes, and that each value of its variables takes. */
const [SUBSCRIPTION_BYTES, VALUE_BYTES] = [4 * 1024, 64]

/** What Yoga adds to the context: the message that came, or opened the socket. */
interface Arrival {
  readonly req?: IncomingMessage
  readonly extra?: ServedSocket
}

/** One subscription, and what closes its connection. */
interface Subscriber {
  readonly request: IncomingMessage
  readonly close: () => void
}

/** Counts what subscriptions of devices keep in memory until they end: their variables, and their parsed documents. A plugin. */
export function heldSubscriptions(held: Pick<HeldBytes, 'hold'>): Plugin<Context> {
  const documents = new HeldDocuments(held)
  return {
    onSubscribe: ({ args }) => {
      const { principal, req: request, extra } = args.contextValue as Context & Arrival
      if (!request || isServer(principal)) return undefined
      const close = () => {
        extra?.close(CLOSE_CODES.TRY_AGAIN_LATER, 'The subscriptions of this address take too much memory')
        request.socket.destroy()
      }
      const { document, variableValues: variables } = args
      return {
        onSubscribeResult: ({ result, setResult }) => {
          if (!isAsyncIterable(result)) return
          const bytes = JSON.stringify(variables ?? {}).length + Number(countVariables(variables)) * VALUE_BYTES
          const release = held.hold(request, SUBSCRIPTION_BYTES + bytes, close)
          const leave = documents.enter(document, { request, close })
          setResult(
            untilEnd(result, () => {
              release()
              leave()
            }),
          )
        },
      }
    },
  }
}

/** The documents of subscriptions. Those with one text share one, which counts for one of them. */
class HeldDocuments {
  readonly #held: Pick<HeldBytes, 'hold'>
  readonly #uses = new WeakMap<DocumentNode, { readonly subscribers: Set<Subscriber>; release: () => void }>()

  constructor(held: Pick<HeldBytes, 'hold'>) {
    this.#held = held
  }

  /** @returns function to call when the subscription is over; calls after the first do nothing */
  enter(document: DocumentNode, subscriber: Subscriber): () => void {
    const use = this.#uses.get(document) ?? { subscribers: new Set<Subscriber>(), release: () => {} }
    this.#uses.set(document, use)
    const count = ([first]: Set<Subscriber>) => {
      const bytes = (document.loc?.source.body.length ?? 0) * CHARACTER_BYTES
      use.release = first ? this.#held.hold(first.request, bytes, first.close) : () => {}
    }
    use.subscribers.add(subscriber)
    if (use.subscribers.size === 1) count(use.subscribers)
    return () => {
      const [first] = use.subscribers
      if (!use.subscribers.delete(subscriber) || first !== subscriber) return
      use.release()
      count(use.subscribers)
    }
  }
}

/** Returns the same stream. @param onEnd called when it ends, fails, or is not wanted any more */
function untilEnd<T>(source: AsyncIterable<T>, onEnd: () => void): AsyncIterableIterator<T> {
  const messages = source[Symbol.asyncIterator]()
  return {
    next: async () => {
      try {
        const result = await messages.next()
        if (result.done) onEnd()
        return result
      } catch (error) {
        onEnd()
        throw error
      }
    },
    return: async () => {
      onEnd()
      return (await messages.return?.()) ?? { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
