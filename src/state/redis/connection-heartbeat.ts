import type { Redis } from 'ioredis'

/** How often each connection is asked for a sign of life, in ms. */
const BEAT_MS = 5000
/** Number of beats without an answer after which the connection is made again. */
const MOST_MISSED = 2

/** The last question on a connection, and the beats that went by without an answer. */
interface Question {
  isAnswered: boolean
  missed: number
}

/**
 * Reconnects connections on which the server no longer answers although nothing has closed them. The server may hang, the network
 * may have lost the connection, or the end of a reply may be missing.
 */
export class Pulse {
  readonly #questions = new Map<Redis, Question>()
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setInterval(() => this.#beat(), BEAT_MS)
    this.#timer.unref()
  }

  watch(client: Redis): void {
    client.on('ready', () => this.#questions.set(client, { isAnswered: true, missed: 0 }))
    client.on('close', () => this.#questions.delete(client))
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #beat(): void {
    for (const [client, question] of this.#questions) {
      question.missed = question.isAnswered ? 0 : question.missed + 1
      if (question.missed >= MOST_MISSED) {
        client.disconnect(true)
        continue
      }
      question.isAnswered = false
      client.ping().then(
        () => {
          question.isAnswered = true
        },
        () => {},
      )
    }
  }
}
