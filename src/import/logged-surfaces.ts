import { InvalidInputError, LiverankError } from '../errors.ts'
import { checkId } from '../events/validate-event.ts'
import { DAY } from '../time-units.ts'
import { attributeOf, textOf } from './event-attributes.ts'
import type { LoggedEvent } from './log-lines.ts'

/** As long as the service keeps a slate, by which it knows the surface of what is done with it. */
const KEPT_FOR = DAY

/**
 * Finds the surfaces of events in a log of another system. The value of a given event attribute becomes the surface of an event
 * that has none. An event on an item without that attribute gets the surface on which the same user last met the item, within a
 * day. It gets none if it names a slate, because the slate knows its surface.
 */
export class LoggedSurfaces {
  readonly #attribute: string
  /** By user and item, the longest ago first: where an event named a place, and when. */
  readonly #met = new Map<string, { surface: string; at: number }>()
  #isNamed = false

  /** @param attribute name of the attribute in `eventAttributes` */
  constructor(attribute: string) {
    this.#attribute = attribute
  }

  /**
   * Returns the event with its surface, if the surface is known. Call it in the order of the log.
   * @param place place of the event, for messages
   * @throws LiverankError UNUSABLE_DATA if the value of the attribute is not a surface name
   */
  on(event: LoggedEvent, place: string): LoggedEvent {
    const { userId, itemId, recommendationId, timestamp } = event
    const surface = textOf(event, 'surface') ?? this.#named(event, place)
    if (itemId == null) return surface === undefined ? event : onSurface(event, surface)
    const key = `${userId}\0${itemId}`
    this.#forget(timestamp)
    if (surface !== undefined) {
      this.#met.delete(key)
      this.#met.set(key, { surface, at: timestamp })
      return onSurface(event, surface)
    }
    const met = recommendationId == null ? this.#met.get(key) : undefined
    return met ? onSurface(event, met.surface) : event
  }

  /** Ends the log. @param path path of the log, for messages @throws LiverankError UNUSABLE_DATA if no event had the attribute */
  end(path: string): void {
    if (this.#isNamed) return
    throw new LiverankError(
      'UNUSABLE_DATA',
      `${path}: no event has eventAttributes.${this.#attribute}. Pass the name of an attribute that holds the surface to --surface-attribute.`,
    )
  }

  #named(event: LoggedEvent, place: string): string | undefined {
    const value = attributeOf(event, this.#attribute)
    if (value == null || value === '') return undefined
    this.#isNamed = true
    const surface = typeof value === 'number' ? String(value) : value
    const field = `eventAttributes.${this.#attribute}`
    if (typeof surface !== 'string') {
      throw new LiverankError(
        'UNUSABLE_DATA',
        `${place}: ${field} is ${JSON.stringify(value).slice(0, 40)}, but a surface is a string or a number. Pass another attribute to --surface-attribute.`,
      )
    }
    try {
      checkId(surface, field)
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      throw new LiverankError('UNUSABLE_DATA', `${place}: ${error.message} Pass another attribute to --surface-attribute.`)
    }
    return surface
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#met) {
      if (at >= now - KEPT_FOR) break
      this.#met.delete(key)
    }
  }
}

function onSurface(event: LoggedEvent, surface: string): LoggedEvent {
  const { eventAttributes } = event
  return { ...event, eventAttributes: { ...(typeof eventAttributes === 'object' ? eventAttributes : {}), surface } }
}
