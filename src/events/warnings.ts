import {
  type AttributeDeclaration,
  type AttributeDeclarations,
  countedValue,
  isCountedText,
  LONGEST_TEXT,
  MOST_TEXTS,
} from '../accumulators/counted-values.ts'
import { MOST_DISMISSED } from '../accumulators/dismissed-items.ts'
import { meaningOf } from '../accumulators/event-meaning.ts'
import type { Domain } from '../domain/domain.ts'
import { unknownName } from '../domain/nearest-name.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import type { ServedSlate } from '../state/slate-values.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import { isEmpty } from '../state/user-value-codec.ts'
import type { UnknownNames } from './unknown-names.ts'
import { kindOfJson, RESERVED } from './validate-event.ts'

/** Likely mistakes in the attributes of users, requests and events. The values are kept all the same. */
export const ATTRIBUTE_WARNINGS = {
  UNDECLARED_ATTRIBUTE:
    'The domain does not declare this attribute. So the service stores the attribute, but computes nothing from it. There are three kinds of declared attributes: those of users, of requests and of events. If the domain declares no attribute of a kind, the service gives no such warnings about this kind.',
  VALUE_NOT_COUNTED:
    'The value of an attribute is not of the type that the domain declares, or is too long or too large. So the service stores the value, but computes nothing from it, or only from a part of it.',
} as const

export type AttributeWarningCode = keyof typeof ATTRIBUTE_WARNINGS

/** A likely mistake in one attribute. It refuses nothing: the object is recorded as it was sent. */
export interface AttributeWarning {
  readonly code: AttributeWarningCode
  /** Says what is wrong, where, and what to send. */
  readonly message: string
  /** Path of the attribute, such as `context.country`. */
  readonly field: string
}

/** Most warnings about one object. */
const MOST_WARNINGS = 20

const NONE: readonly never[] = []

/**
 * Finds the attributes that count for nothing, wholly or in part. A domain that declares none is not warned about any.
 * @param path path of the object, such as `eventAttributes`
 * @param known attributes that the service itself reads
 */
export function attributeWarnings(
  sent: JsonObject | undefined,
  declarations: AttributeDeclarations,
  path: string,
  known: ReadonlySet<string>,
): readonly AttributeWarning[] {
  if (sent === undefined || isEmpty(declarations)) return NONE
  const found: AttributeWarning[] = []
  for (const [name, value] of Object.entries(sent)) {
    if (value === null || found.length === MOST_WARNINGS) continue
    if (Object.hasOwn(declarations, name)) {
      const declaration = declarations[name]
      const problem = declaration.isUsed ? problemOf(declaration, value) : undefined
      if (problem === undefined) continue
      const field = `${path}.${name}`
      found.push({ code: 'VALUE_NOT_COUNTED', message: `${field} ${problem}`, field })
    } else if (!known.has(name)) {
      found.push(undeclared(name, `${path}.${name}`, declarations))
    }
  }
  return found.length === 0 ? NONE : found
}

/** Finds the nearest declared name only when the text is read: most callers of an event's warnings read none. */
function undeclared(name: string, field: string, declarations: AttributeDeclarations): AttributeWarning {
  return {
    code: 'UNDECLARED_ATTRIBUTE',
    get message() {
      return `${field}: the domain does not declare this attribute, so it has no effect${unknownName(name, Object.keys(declarations))}`
    },
    field,
  }
}

/** Why a value does not count, or not as a whole; undefined if it does. */
function problemOf(declaration: AttributeDeclaration, value: Json): string | undefined {
  const { kind } = declaration
  if (kind === 'key' && Array.isArray(value)) return problemOfList(value)
  if (countedValue(declaration, value) !== undefined) return undefined
  if (kind === 'number')
    return typeof value === 'number'
      ? `is ${value}, so it has no effect: send a number from -1e12 to 1e12.`
      : `is ${kindOfJson(value)}, so it has no effect: send a JSON number, without quotation marks.`
  if (kind === 'flag') return `is ${kindOfJson(value)}, so it has no effect: send true or false, without quotation marks.`
  return typeof value === 'string'
    ? `has ${value.length} characters, so it has no effect: send 1 to ${LONGEST_TEXT}.`
    : `is ${kindOfJson(value)}, so it has no effect: send a string, or a list of strings.`
}

function problemOfList(list: readonly Json[]): string | undefined {
  const at = list.findIndex((element) => !isCountedText(element))
  if (at >= 0) return `has an element that has no effect, number ${at}: send strings of 1 to ${LONGEST_TEXT} characters.`
  const texts = new Set(list).size
  return texts > MOST_TEXTS ? `has ${texts} texts, of which only the first ${MOST_TEXTS} have an effect: send fewer.` : undefined
}

/** Mistakes of an integration that do not keep an event from being recorded. */
export const EVENT_WARNINGS = {
  UNKNOWN_SLATE:
    'The event names a slate that the service no longer stores, or that was made for another user. So the event counts for no slate. The service stores a slate for an hour (setting `SLATE_MINUTES`). If an event names the slate within this hour, the service stores it for a day (setting `NAMED_SLATE_HOURS`).',
  UNDECLARED_SURFACE:
    'The domain does not declare the surface of the event, so reports do not show this surface. If the app names very many such surfaces in an hour (`unknownPerHour` in the domain), the event counts for its item, but for no surface.',
  TYPE_DIFFERS_IN_CASE:
    'The domain does not declare the type of the event, but a type with nearly the same name. For example, the event has the type `addToCart`, and the domain declares `add_to_cart`. So the service does not know what the event means, and only notes that the user was active.',
  UNDECLARED_TYPE:
    'The domain does not declare the type of the event. So the service does not know what the event means, and only notes that the user was active.',
  UNKNOWN_ITEM:
    'The item of the event was never uploaded. So no slate shows the item. The event counts for the item, but not for its attributes, such as its brand, even if you upload them later.',
  NO_ITEM: 'Events of this type are about an item, but this event names none. So the event counts for no item.',
  NO_POSITIONS:
    'The event is an impression of a slate, but names no position of the slate. So the service does not know which items became visible, and the event counts for no item.',
  DISMISSALS_FULL: `The user has dismissed ${MOST_DISMISSED} items, the most that the service keeps. Each further dismissal takes the place of the oldest one, whose item slates may then show again.`,
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

/** Finds what is most likely a mistake of the integration in valid events. */
export class EventWarnings {
  readonly #domain: Domain
  readonly #surfaces: ReadonlySet<string>
  /** Declared types by their letters and digits in lower case. */
  readonly #similar: ReadonlyMap<string, string>
  /** Attributes that the service itself reads. */
  readonly #read: ReadonlySet<string>
  /** Receives the names that the service does not know. */
  readonly #unknownNames: UnknownNames

  constructor(domain: Domain, unknownNames: UnknownNames) {
    this.#domain = domain
    this.#unknownNames = unknownNames
    this.#surfaces = new Set(domain.surfaces)
    this.#read = new Set([...Object.keys(RESERVED), domain.limits.traffic.attribute])
    this.#similar = new Map(Object.keys(domain.eventTypes).map((type) => [withoutCase(type), type]))
  }

  /**
   * Returns the warnings of an event.
   * @param slate the slate that the event names; undefined if it names none, or an unknown one
   * @param items number of items that the event is about
   * @param unknownItem id of the item of the event if it was never uploaded; undefined otherwise
   */
  of(
    event: RecordedEvent,
    slate: ServedSlate | undefined,
    items: number,
    unknownItem: string | undefined,
  ): readonly EventWarning[] {
    const found = [
      this.#type(event),
      unknownItem === undefined ? undefined : this.#unknownItem(unknownItem),
      this.#surface(event),
      event.recommendationId !== undefined && slate === undefined ? unknownSlate(event.recommendationId) : undefined,
      items === 0 ? this.#items(event, slate) : undefined,
      ...attributeWarnings(event.eventAttributes, this.#domain.eventAttributes, 'eventAttributes', this.#read),
    ].filter((warning) => warning !== undefined)
    return found.length === 0 ? NONE : found
  }

  #type({ eventType }: RecordedEvent): EventWarning | undefined {
    if (Object.hasOwn(this.#domain.eventTypes, eventType)) return undefined
    this.#unknownNames.addType(eventType)
    const similar = this.#similar.get(withoutCase(eventType))
    if (similar === undefined) return undeclaredType(eventType, Object.keys(this.#domain.eventTypes))
    const message = `eventType is ${eventType}, which the domain does not declare, but it declares ${similar}: send ${similar}.`
    return { code: 'TYPE_DIFFERS_IN_CASE', message }
  }

  #unknownItem(itemId: string): EventWarning {
    this.#unknownNames.addItem(itemId)
    const message = `itemId is ${itemId}, which was never uploaded: upload the item before events on it, or slates do not show it, and this event does not count for its attributes.`
    return { code: 'UNKNOWN_ITEM', message }
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

/** The warning that a user has dismissed as many items as the service keeps. */
export const DISMISSALS_FULL: EventWarning = {
  code: 'DISMISSALS_FULL',
  message: `The user has dismissed ${MOST_DISMISSED} items, so a further dismissal ends the oldest one: send undismiss for items that may return, or filter items by an attribute.`,
}

/** Finds the nearest declared type only when the text is read. */
function undeclaredType(eventType: string, declared: readonly string[]): EventWarning {
  return {
    code: 'UNDECLARED_TYPE',
    get message() {
      return `eventType is ${eventType}, which the domain does not declare, so the event counts for no item: declare the type${unknownName(eventType, declared)}`
    },
  }
}

function unknownSlate(recommendationId: string): EventWarning {
  const message = `recommendationId is ${recommendationId}, but the service keeps no such slate of this user (it keeps a slate for SLATE_MINUTES, and longer once an event has named it): send events soon, and the recommendationId of the slate as the service returned it, with the same userId.`
  return { code: 'UNKNOWN_SLATE', message }
}

function withoutCase(type: string): string {
  return type.toLowerCase().replaceAll(/[-_\s]/g, '')
}
