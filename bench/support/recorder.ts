import { Agent } from 'node:http'
import * as answers from '../../lab/client/answers.ts'
import { postOperation } from './post-operation.ts'
import { popularItem } from './shop-items.ts'

const USERS = 10_000

/** How events are sent. */
export interface Sending {
  /** Events in a request: 1 with `recordEvent`, more with `recordEvents`. */
  readonly batch: number
  /** Whether the events of a batch are of one user, each of another one, or ten of each user. */
  readonly users: 'one' | 'many' | 'tens'
}

/** Events of a user in a row, if they are impressions and a click. */
const SHOWN = 10

/** Sends events over HTTP on connections that are kept. All of them must be recorded. */
export class Recorder {
  readonly #url: string
  readonly #words: Pick<typeof answers, 'RECORD_EVENT' | 'RECORD_EVENTS'>
  #made = 0

  /** @param url http://… @param words the mutations, in the words of the version that serves */
  constructor(url: string, words: Pick<typeof answers, 'RECORD_EVENT' | 'RECORD_EVENTS'> = answers) {
    this.#url = url
    this.#words = words
  }

  /** Sends at least this many events. @returns how many it sent @throws Error if one is not recorded */
  async record({ batch, users }: Sending, events: number): Promise<number> {
    // For this turn alone: a server closes connections that are idle while others have theirs.
    const agent = new Agent({ keepAlive: true, maxSockets: batch === 1 ? 16 : 4 })
    const requests = Math.ceil(events / batch)
    let next = 0
    const lane = async () => {
      while (next++ < requests) {
        if (batch === 1) await this.#recordOne(agent)
        else await this.#recordBatch(agent, batch, users)
      }
    }
    try {
      await Promise.all(Array.from({ length: agent.maxSockets }, lane))
    } finally {
      agent.destroy()
    }
    return requests * batch
  }

  async #recordOne(agent: Agent): Promise<void> {
    const answer = await postOperation(this.#url, this.#words.RECORD_EVENT, { input: this.#draw(this.#made) }, { agent })
    if (!answer.includes('"duplicate":false')) throw new Error(`An event was answered with ${answer}`)
  }

  async #recordBatch(agent: Agent, batch: number, users: Sending['users']): Promise<void> {
    const first = this.#made
    const input = Array.from({ length: batch }, (_, at) =>
      users === 'tens'
        ? this.#drawShown(first + at - (at % SHOWN), at % SHOWN)
        : this.#draw(users === 'one' ? first : this.#made),
    )
    const answer = await postOperation(this.#url, this.#words.RECORD_EVENTS, { input }, { agent })
    if (!answer.includes(`"recorded":${batch},`)) throw new Error(`A batch was answered with ${answer.slice(0, 1000)}`)
  }

  /** Makes an event. */
  #draw(ofUser: number): object {
    const n = this.#made++
    const userId = `user-${(ofUser * 1009) % USERS}`
    const itemId = popularItem(n)
    return { userId, eventId: `r${n}`, itemId, eventType: n % 12 === 0 ? 'add_to_cart' : 'view', sessionId: `s-${userId}` }
  }

  /** Makes an impression of the next item of a surface, or at last a click on the item that was shown before. */
  #drawShown(ofUser: number, at: number): object {
    const n = this.#made++
    const isClick = at === SHOWN - 1
    const position = isClick ? at : at + 1
    const userId = `user-${(ofUser * 1009) % USERS}`
    const eventAttributes = { surface: 'home', position }
    return {
      ...{ userId, eventId: `r${n}`, sessionId: `s-${userId}`, eventAttributes },
      itemId: popularItem(isClick ? n - 1 : n),
      eventType: isClick ? 'click' : 'impression',
    }
  }
}
