import { meaningOf } from '../accumulators/event-meaning.ts'
import type { Domain } from '../domain/domain.ts'
import type { RecordedEvent } from '../state/log/entry.ts'
import type { ServedSlate } from '../state/served-slate.ts'
import { ATTRIBUTE_WARNINGS, attributeWarnings } from './attribute-warnings.ts'
import { RESERVED } from './validate-event.ts'

/** Mistakes of an integration that do not keep an event from being recorded. */
export const EVENT_WARNINGS = {
  UNKNOWN_SLATE:
    'The event names a slate that the service no longer stores, or that was made for another user. So the event counts for no slate. The service stores a slate for an hour (setting `SLATE_MINUTES`). If an event names the slate within this hour, the service stores it for a day (setting `NAMED_SLATE_HOURS`).',
  UNDECLARED_SURFACE:
    'The domain does not declare the surface of the event, so reports do not show this surface. If the app names very many such surfaces in an hour (`unknownPerHour` in the domain), the event counts for its item, but for no surface.',
  TYPE_DIFFERS_IN_CASE:
    'The domain does not declare the type of the event, but a type with nearly the same name. For example, the event has the type `addToCart`, and the domain declares `add_to_cart`. So the service does not know what the event means, and only notes that the user was active.',
  NO_ITEM: 'Events of this type are about an item, but this event names none. So the event counts for no item.',
  NO_POSITIONS:
    'The event is an impression of a slate, but names no position of the slate. So the service does not know which items became visible, and the event counts for no item.',
  ...ATTRIBUTE_WARNINGS,
} as const

export type EventWarningCode = keyof typeof EVENT_WARNINGS

/** A likely mistake in an event. It refuses nothing: the event is recorded as it was sent. */
export interface EventWarning {
  readonly code: EventWarningCode
  /** Says what is wrong, where, and what to send. */
  readonly message: string
}

/** Number of names that a message lists. */
const LISTED = 20

const NONE: readonly EventWarning[] = []

/** Finds what is most likely a mistake of the integration in valid events. */
export class EventWarnings {
  readonly #domain: Domain
  readonly #surfaces: ReadonlySet<string>
  /** Declared types by their letters and digits in lower case. */
  readonly #similar: ReadonlyMap<string, string>
  /** Attributes that the service itself reads. */
  readonly #read: ReadonlySet<string>

  constructor(domain: Domain) {
    this.#domain = domain
    this.#surfaces = new Set(domain.surfaces)
    this.#read = new Set([...Object.keys(RESERVED), domain.limits.traffic.attribute])
    this.#similar = new Map(Object.keys(domain.eventTypes).map((type) => [withoutCase(type), type]))
  }

  /**
   * Returns the warnings of an event.
   * @param slate the slate that the event names; undefined if it names none, or an unknown one
   * @param items number of items that the event is about
   */
  of(event: RecordedEvent, slate: ServedSlate | undefined, items: number): readonly EventWarning[] {
    const found = [
      this.#type(event),
      this.#surface(event),
      event.recommendationId !== undefined && slate === undefined ? unknownSlate(event.recommendationId) : undefined,
      items === 0 ? this.#items(event, slate) : undefined,
      ...attributeWarnings(event.eventAttributes, this.#domain.eventAttributes, 'eventAttributes', this.#read),
    ].filter((warning) => warning !== undefined)
    return found.length === 0 ? NONE : found
  }

  #type({ eventType }: RecordedEvent): EventWarning | undefined {
    if (Object.hasOwn(this.#domain.eventTypes, eventType)) return undefined
    const similar = this.#similar.get(withoutCase(eventType))
    if (similar === undefined) return undefined
    const message = `eventType is ${eventType}, which the domain does not declare, but it declares ${similar}: send ${similar}.`
    return { code: 'TYPE_DIFFERS_IN_CASE', message }
  }

  #surface({ eventAttributes }: RecordedEvent): EventWarning | undefined {
    const surface = eventAttributes?.surface
    if (typeof surface !== 'string' || surface === '' || this.#surfaces.has(surface)) return undefined
    const declared = [...this.#surfaces]
    const some = declared.slice(0, LISTED).join(', ') || 'none'
    const list = declared.length > LISTED ? `${some} and ${declared.length - LISTED} more` : some
    const message = `eventAttributes.surface is ${surface}, which the domain does not declare (it declares ${list}): send a declared surface, or declare this one.`
    return { code: 'UNDECLARED_SURFACE', message }
  }

  /** What is missing in an event that is about no item. */
  #items(
    { eventType, itemId, positions, recommendationId }: RecordedEvent,
    slate: ServedSlate | undefined,
  ): EventWarning | undefined {
    const { role } = meaningOf(this.#domain, eventType)
    if (role === 'other' || itemId !== undefined) return undefined
    const hasPositions = positions !== undefined && positions.length > 0
    if (hasPositions && slate !== undefined) {
      const message = `positions names none of the ${slate.items.length} items of the slate: send the positions that became visible, from 1 (the top).`
      return { code: 'NO_POSITIONS', message }
    }
    // The slate is unknown, which has a warning of its own.
    if (hasPositions) return undefined
    if (role === 'impression' && recommendationId !== undefined) {
      const message = 'The impression has neither positions nor itemId: send the positions that became visible, from 1 (the top).'
      return { code: 'NO_POSITIONS', message }
    }
    return { code: 'NO_ITEM', message: `An event of the type ${eventType} is about an item: send itemId.` }
  }
}

function unknownSlate(recommendationId: string): EventWarning {
  const message = `recommendationId is ${recommendationId}, but the service keeps no such slate of this user (it keeps a slate for SLATE_MINUTES, and longer once an event has named it): send events soon, and the recommendationId of the slate as the service returned it, with the same userId.`
  return { code: 'UNKNOWN_SLATE', message }
}

function withoutCase(type: string): string {
  return type.toLowerCase().replaceAll(/[-_\s]/g, '')
}
