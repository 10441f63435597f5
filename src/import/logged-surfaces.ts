import { InvalidInputError, LiverankError } from '../errors.ts'
import { checkId } from '../events/field-checks.ts'
import { DAY } from '../time-units.ts'
import { attributeOf, textOf } from './event-attributes.ts'
import type { LoggedEvent } from './log-lines.ts'

/** As long as the service keeps a slate, by which it knows the surface of what is done with it. */
const KEPT_FOR = DAY

/**
 * Surfaces of a log from elsewhere, which names the place where something was shown in an attribute of its own. That becomes the surface
 * of an event that has none. An event on an item that names no place either is taken to be where the same user last met the item, within
 * a day, as long as it names no slate, which says better.
 */
export class LoggedSurfaces {
  readonly #attribute: string
  /** By user and item, the longest ago first: where an event named a place, and when. */
  readonly #met = new Map<string, { surface: string; at: number }>()
  #isNamed = false

  /** @param attribute its name in `eventAttributes` */
  constructor(attribute: string) {
    this.#attribute = attribute
  }

  /**
   * The event with its surface, where one is known. Ask in the order of the log.
   * @param place of the event, to name
   * @throws LiverankError UNUSABLE_DATA when the attribute holds what names no surface
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

  /**
   * The log is over.
   * @throws LiverankError UNUSABLE_DATA when no event had the attribute
   */
  end(path: string): void {
    if (this.#isNamed) return
    throw new LiverankError(
      'UNUSABLE_DATA',
      `${path}: no event has eventAttributes.${this.#attribute}. Pass --surface-attribute the name of an attribute that holds the surface.`,
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
        `${place}: ${field} is ${JSON.stringify(value).slice(0, 40)}, and a surface is a text or a number. Pass --surface-attribute another name.`,
      )
    }
    try {
      checkId(surface, field)
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      throw new LiverankError('UNUSABLE_DATA', `${place}: ${error.message} Pass --surface-attribute another name.`)
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
