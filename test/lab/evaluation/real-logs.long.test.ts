import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { STANDARD_ITEM_KNN, scoreByItems } from '../../../lab/evaluation/item-knn.ts'
import type { ScoredItems } from '../../../lab/evaluation/ranked-items.ts'
import { SessionIndex } from '../../../lab/evaluation/session-index.ts'
import { type SessionAsked, scoreByNeighbours } from '../../../lab/evaluation/session-knn.ts'
import { STANDARD_STAN, stan } from '../../../lab/evaluation/stan.ts'
import { STANDARD_VMIS_KNN, vmisKnn } from '../../../lab/evaluation/vmis-knn.ts'
import { STANDARD_VS_KNN, vsKnn } from '../../../lab/evaluation/vs-knn.ts'
import { STANDARD_VSTAN, vstan } from '../../../lab/evaluation/vstan.ts'
import { Random } from '../../../lab/random.ts'
import { DataFolder } from '../../../src/import/data-folder.ts'
import { type LoggedEvent, sessionKeyOf } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import {
  type PastSession,
  referenceItemKnn,
  referenceStan,
  referenceVmisKnn,
  referenceVsKnn,
  referenceVstan,
} from '../../support/reference-knn.ts'

const DATA = join(import.meta.dirname, '../../../../shared/data')
/** Sessions of the last part of the log, one row of each. */
const ROWS = 100

interface Row extends SessionAsked {
  readonly next: string
}

interface Method {
  readonly name: string
  score(index: SessionIndex, row: Row): ScoredItems
  reference(past: readonly PastSession[], row: Row): Map<string, number> | undefined
}

const ties = 'latest'
const METHODS: readonly Method[] = [
  {
    name: 'item_knn',
    score: (index, row) => scoreByItems(index, row, STANDARD_ITEM_KNN),
    reference: (past, { prefix }) => referenceItemKnn(past, prefix, STANDARD_ITEM_KNN),
  },
  {
    name: 'vs_knn',
    score: (index, row) => scoreByNeighbours(index, row, vsKnn(STANDARD_VS_KNN)),
    reference: (past, { prefix, at }) =>
      referenceVsKnn(past, prefix, at, { ...STANDARD_VS_KNN, power: 2, matchPower: 2, cosine: false, ties }),
  },
  {
    name: 'stan',
    score: (index, row) => scoreByNeighbours(index, row, stan(STANDARD_STAN)),
    reference: (past, { prefix, at }) => referenceStan(past, prefix, at, { ...STANDARD_STAN, ties }),
  },
  {
    name: 'vstan',
    score: (index, row) => scoreByNeighbours(index, row, vstan(STANDARD_VSTAN)),
    reference: (past, { prefix, at }) => referenceVstan(past, prefix, at, { ...STANDARD_VSTAN, ties }),
  },
  {
    name: 'vmis_knn',
    score: (index, row) => scoreByNeighbours(index, row, vmisKnn(STANDARD_VMIS_KNN)),
    reference: (past, { prefix }) => referenceVmisKnn(past, prefix, { ...STANDARD_VMIS_KNN, ties }),
  },
]

/** The sessions of the first 80 % of a log, and one row of some of the sessions that begin later. */
async function readLog(folder: string) {
  const events: LoggedEvent[] = []
  for await (const event of new DataFolder(folder).events(noProblems())) events.push(event)
  const cut = Math.floor(events.length * 0.8)
  const index = new SessionIndex()
  const learned = new Map<string, { clicks: string[]; at: number; last: number }>()
  const later = new Map<string, { item: string; at: number }[]>()
  events.forEach((event, number) => {
    const [key, item, at] = [sessionKeyOf(event), event.itemId!, event.timestamp]
    if (number < cut) {
      index.learn(key, item, at)
      const past = learned.get(key) ?? { clicks: [], at, last: number }
      past.clicks.push(item)
      learned.set(key, Object.assign(past, { at, last: number }))
    } else if (!learned.has(key)) later.set(key, [...(later.get(key) ?? []), { item, at }])
  })
  const random = new Random(1, folder.split('/').at(-1)!)
  const sessions = random.shuffle([...later].filter(([, actions]) => actions.length > 1)).slice(0, ROWS)
  const rows = sessions.map(([key, actions]): Row => {
    const length = random.integer(1, Math.min(30, actions.length - 1))
    const prefix = actions.slice(0, length).map(({ item }) => item)
    return { key, prefix, at: actions[length - 1].at, next: actions[length].item }
  })
  return { index, past: [...learned.values()], rows }
}

function meanReciprocalRank(rows: readonly Row[], scoresOf: (row: Row) => ReadonlyMap<string, number>): number {
  let sum = 0
  for (const row of rows) {
    const scores = [...scoresOf(row)].filter(([item]) => !row.prefix.includes(item))
    const own = scores.find(([item]) => item === row.next)
    if (!own) continue
    const rank =
      1 +
      scores.filter(([item, score]) => score > own[1] * (1 + 1e-9) || (Math.abs(score / own[1] - 1) <= 1e-9 && item < own[0]))
        .length
    if (rank <= 20) sum += 1 / rank
  }
  return sum / rows.length
}

describe.each(['yoochoose', 'movielens'])('on the log %s', (name) => {
  const folder = join(DATA, name)
  it.skipIf(!existsSync(folder))(
    'each method reaches the MRR@20 of its reference, to three digits',
    { timeout: 600_000 },
    async () => {
      const { index, past, rows } = await readLog(folder)
      for (const method of METHODS) {
        const own = meanReciprocalRank(rows, (row) => method.score(index, row).byId())
        const reference = meanReciprocalRank(rows, (row) => method.reference(past, row)!)
        console.log(`${name} ${method.name}: ${own.toFixed(4)}, reference ${reference.toFixed(4)} (${rows.length} rows)`)
        expect(own).toBeGreaterThan(0)
        expect(own).toBeCloseTo(reference, 3)
      }
    },
  )
})
