import type { ItemFacts } from '../state/log-entry.ts'

/** An item, and when the user last acted on it, in ms. */
export interface ActedItem {
  readonly itemId: string
  readonly at: number
}

/** Maximum number of items in each history of a user value: items that the user acted on, items shown to the user, and items of each event type. */
export const KEPT_ITEMS = 150

/** An impression of an item, or a click that follows from one, as click rates count it. */
export interface Exposure {
  readonly isClick: boolean
  /** The item with the facts of the event: of a click, those of the click. */
  readonly item: ItemFacts
  /** Time of the impression, in ms, also for a click: so the delay of clicks does not bias a rate. */
  readonly at: number
  /** Surface of the impression; undefined if it is not known. */
  readonly surface: string | undefined
  /** Position of the impression on the surface, from 1; undefined if it is not known. */
  readonly position: number | undefined
  /** Whether the impression counts in expected clicks, because the click rate of its position was known. */
  readonly isRated: boolean
}

/** Roles of event types for accumulators. Every event type of an application has one of them. */
export const EVENT_ROLES = ['impression', 'view', 'click', 'cart', 'uncart', 'purchase', 'dismiss', 'undismiss', 'other'] as const
export type EventRole = (typeof EVENT_ROLES)[number]

/** Roles of the events that may have a weight or be a goal: all but impressions and dismissals. */
export const ACTIONS: readonly EventRole[] = ['view', 'click', 'cart', 'uncart', 'purchase', 'other']

/** What an event type of a domain means to accumulators. The domain declares it, for example `weight: 1` for views. */
export interface EventMeaning {
  readonly role: EventRole
  /**
   * Interest in the item that the event shows: 1 for a view, more for a commitment, 0 for none. Item-to-item, favourites and
   * popularity use this weight.
   */
  readonly weight: number
  /**
   * Whether the event is a goal of the application, such as a purchase, an application or a subscription. Conversion rates count
   * goals.
   */
  readonly goal: boolean
  /**
   * Whether the event sends a fresh slate to the user's streams. Must be false for impressions: a screen that reports its items
   * would re-rank itself.
   */
  readonly triggers: boolean
  /** The number among the attributes of the event that says how much the user likes the item, and the lowest one that shows interest. */
  readonly liked?: { readonly attribute: string; readonly from: number }
  /** Whether the event, whatever its role, is no sign of interest in its item. It then weighs nothing. */
  readonly isUnliked?: true
}

/** Returns what an event means that is no sign of interest in its item, such as one on an item that the user has dismissed. */
export function unliked(meaning: EventMeaning): EventMeaning {
  return { ...meaning, weight: 0, isUnliked: true }
}

/**
 * Meaning of event types that the configuration does not declare: they are logged, count as activity, and trigger a fresh slate.
 */
export const UNDECLARED: EventMeaning = { role: 'other', weight: 0, goal: false, triggers: true }

/** Returns the declared meaning of an event type. An undeclared type has the meaning UNDECLARED. */
export function meaningOf(
  domain: { readonly eventTypes: Readonly<Record<string, EventMeaning>> },
  eventType: string,
): EventMeaning {
  return Object.hasOwn(domain.eventTypes, eventType) ? domain.eventTypes[eventType] : UNDECLARED
}

/** Returns the meaning of one event: without interest, if its attributes say that the user does not like the item. */
export function meaningOfEvent(
  domain: { readonly eventTypes: Readonly<Record<string, EventMeaning>> },
  { eventType, eventAttributes }: { readonly eventType: string; readonly eventAttributes?: unknown },
): EventMeaning {
  const meaning = meaningOf(domain, eventType)
  if (!meaning.liked) return meaning
  const sent = (eventAttributes as Readonly<Record<string, unknown>> | null | undefined)?.[meaning.liked.attribute]
  return typeof sent === 'number' && sent < meaning.liked.from ? unliked(meaning) : meaning
}
