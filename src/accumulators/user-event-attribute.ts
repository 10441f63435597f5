import { removeRow } from '../state/column-table.ts'
import { addDecayedCell, decayedCells, mergeDecayedCell } from '../state/decay.ts'
import { tablePart } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'
import { countedIn, MOST_TEXTS, textsOf } from './counted-values.ts'

const HALF_LIFE = 30 * DAY
/** Texts that are kept of a user; the others count together. They bound the size of the user's state. */
const MOST_KEPT = MOST_TEXTS
/** Stands for the texts that are not kept. No sent text is empty. */
const OTHERS = ''

function textsPart(name: string) {
  return tablePart(
    `event_attribute_${name}`,
    1,
    { text: 'text', sum: 'real', epoch: 'count' },
    { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE },
  )
}

type Texts = ReturnType<ReturnType<typeof textsPart>['empty']>

/** Makes the accumulator of a declared key attribute of events by user: the share of each text among the events of a user. */
export function userEventAttribute(name: string): Accumulator {
  const part = textsPart(name)
  return {
    name: `user_event_attribute_${name}`,
    entity: 'USER',
    description: `The texts of the attribute ${name} of a user's events, decayed with a half-life of 30 days. ${MOST_KEPT} texts are kept: a text that is new takes the place of the one with the smallest share. The others count together.`,
    roles: [],
    expires: 'user',
    parts: [part],
    reduce: ({ event, user, time }) => {
      const texts = textsOf(countedIn(event.eventAttributes, name, { kind: 'key' }))
      if (texts.length === 0) return
      const held = user.get(part)
      const fresh = new Set(texts)
      // Room is made before: a text that is new has the smallest share, and would never stay.
      shorten(
        held,
        MOST_KEPT - [...fresh].filter((text) => !held.text.includes(text)).length,
        Math.max(time, user.lastEventAt),
        fresh,
      )
      for (const text of texts) {
        addDecayedCell(held.sum, held.epoch, rowOf(held, text), 1 / texts.length, time, HALF_LIFE)
      }
    },
    merge: (into, from) => {
      const held = into.get(part)
      const { text, sum, epoch } = from.get(part)
      text.forEach((one, i) => {
        mergeDecayedCell(held.sum, held.epoch, rowOf(held, one), sum[i], epoch[i])
      })
      shorten(held, MOST_KEPT, Math.max(into.lastEventAt, from.lastEventAt))
    },
    features: [
      {
        name: `user_event_${name}_share`,
        entity: 'USER',
        isDeclared: true,
        description: `Share of each text of ${name} among the user's events that have it, decayed with a half-life of 30 days. An empty key stands for all texts beyond the ${MOST_KEPT} that are kept`,
        unit: 'share',
        missing: `when no event of the user has a valid ${name}`,
        breakdown: ({ user, now }) => {
          const { text, sum, epoch } = user.get(part)
          const weights = decayedCells(sum, epoch, user.timeAt(now), HALF_LIFE)
          const total = weights.reduce((all, weight) => all + weight, 0)
          if (!(total > 0)) return []
          return text.map((key, row) => ({ key, value: weights[row] / total })).sort((a, b) => b.value - a.value)
        },
      },
    ],
  }
}

function rowOf(texts: Texts, text: string): number {
  const known = texts.text.indexOf(text)
  if (known >= 0) return known
  texts.sum.push(0)
  texts.epoch.push(0)
  return texts.text.push(text) - 1
}

/**
 * Adds the texts with the smallest shares to the others, until few enough are left.
 * @param keep texts that stay
 */
function shorten(texts: Texts, most: number, time: number, keep: ReadonlySet<string> = new Set()): void {
  while (texts.text.length - Number(texts.text.includes(OTHERS)) > most) {
    const weights = decayedCells(texts.sum, texts.epoch, time, HALF_LIFE)
    let least = -1
    for (const [row, weight] of weights.entries())
      if (texts.text[row] !== OTHERS && !keep.has(texts.text[row]) && (least < 0 || weight < weights[least])) least = row
    const others = rowOf(texts, OTHERS)
    mergeDecayedCell(texts.sum, texts.epoch, others, texts.sum[least], texts.epoch[least])
    removeRow(texts, least)
  }
}
