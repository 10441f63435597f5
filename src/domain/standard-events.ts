import type { EventMeaning } from '../accumulators/event-meaning.ts'

/** What every domain has: shown, looked at, clicked, searched, begun. */
export const STANDARD_EVENTS = {
  impression: { role: 'impression', weight: 0, goal: false, triggers: false },
  view: { role: 'view', weight: 1, goal: false, triggers: true },
  click: { role: 'click', weight: 1, goal: false, triggers: true },
  search: { role: 'other', weight: 0, goal: false, triggers: true },
  session_start: { role: 'other', weight: 0, goal: false, triggers: true },
} satisfies Record<string, EventMeaning>

/** Whose events are logged and not counted, by what `eventAttributes.traffic` says. */
export const UNCOUNTED_TRAFFIC = { attribute: 'traffic', uncounted: ['staff', 'monitoring', 'bot'] } as const
