import { DAY } from '../../src/time-units.ts'

/** A past session as the papers see it: its clicks in order, and the time of the last one. */
export interface PastSession {
  readonly clicks: readonly string[]
  readonly at: number
  /** Order of the last clicks of all sessions. */
  readonly last: number
}

/** Scores by item; undefined where rounding decides which of two sessions is the k-th neighbour. */
type Reference = Map<string, number> | undefined

const place = (clicks: readonly string[], item: string) => clicks.lastIndexOf(item) + 1
const distinct = (clicks: readonly string[]) => [...new Set(clicks)]
const shares = (a: readonly string[], b: readonly string[]) => a.some((item) => b.includes(item))
const latest = (past: readonly PastSession[], most: number) => [...past].sort((a, b) => b.last - a.last).slice(0, most)

/** What to do where two sessions at the boundary differ by rounding only: take the later one, or say that there is no answer. */
type Ties = 'latest' | undefined

function nearest(sims: readonly { n: PastSession; sim: number }[], k: number, ties: Ties) {
  const rounded = (sim: number) => Number(sim.toPrecision(9))
  const sorted = [...sims].sort((a, b) => rounded(b.sim) - rounded(a.sim) || b.n.last - a.n.last)
  if (ties === undefined && sorted.length > k && rounded(sorted[k - 1].sim) === rounded(sorted[k].sim)) return undefined
  return sorted.slice(0, k)
}

const idfs = new WeakMap<readonly PastSession[], Map<string, number>>()

function idfOf(past: readonly PastSession[], item: string): number {
  const known = idfs.get(past) ?? new Map<string, number>()
  idfs.set(past, known)
  const idf = known.get(item) ?? Math.log(past.length / past.filter(({ clicks }) => clicks.includes(item)).length)
  known.set(item, idf)
  return idf
}

function sum(
  neighbours: readonly { n: PastSession; sim: number }[] | undefined,
  worth: (n: PastSession, item: string) => number,
): Reference {
  if (!neighbours) return undefined
  const scores = new Map<string, number>()
  for (const { n, sim } of neighbours)
    for (const item of distinct(n.clicks)) scores.set(item, (scores.get(item) ?? 0) + sim * worth(n, item))
  return scores
}

/** Clicks since the latest one on an item that the neighbour has: 1 for the last click. */
function stepOf(s: readonly string[], n: PastSession): number {
  let step = 1
  while (!n.clicks.includes(s[s.length - step])) step++
  return step
}

/** VS-KNN with quadratic or linear weights, by the text of Ludewig and Jannach (2018). */
export function referenceVsKnn(
  past: readonly PastSession[],
  s: readonly string[],
  now: number,
  o: {
    k: number
    sample: number
    power: 1 | 2
    matchPower: 1 | 2
    cosine: boolean
    idf: number
    recencyDays: number
    ties?: Ties
  },
): Reference {
  const sample = latest(
    past.filter(({ clicks }) => shares(s, clicks)),
    o.sample,
  )
  const sims = sample.map((n) => {
    let dot = 0
    for (const item of distinct(s)) if (n.clicks.includes(item)) dot += (place(s, item) / s.length) ** o.power
    if (o.cosine) dot /= Math.sqrt(distinct(n.clicks).length)
    if (o.recencyDays > 0) dot *= Math.exp(-(now - n.at) / DAY / o.recencyDays)
    return { n, sim: dot }
  })
  return sum(nearest(sims, o.k, o.ties), (n, item) => (1 + o.idf * idfOf(past, item)) / stepOf(s, n) ** o.matchPower)
}

interface ReferenceStan {
  k: number
  sample: number
  sessionDecay: number
  recencyDays: number
  neighbourDecay: number
  ties?: Ties
}

function stanNeighbours(past: readonly PastSession[], s: readonly string[], now: number, o: ReferenceStan) {
  const sample = latest(
    past.filter(({ clicks }) => shares(s, clicks)),
    o.sample,
  )
  const sims = sample.map((n) => {
    const w1 = distinct(s)
      .filter((item) => n.clicks.includes(item))
      .reduce((total, item) => total + Math.exp((place(s, item) - s.length) / o.sessionDecay), 0)
    const sim1 = w1 / Math.sqrt(distinct(n.clicks).length)
    return { n, sim: sim1 * Math.exp(-(now - n.at) / (o.recencyDays * DAY)) }
  })
  return nearest(sims, o.k, o.ties)
}

function w3(s: readonly string[], n: PastSession, item: string, decay: number): number {
  const iStar = s[s.length - stepOf(s, n)]
  return Math.exp(-Math.abs(place(n.clicks, item) - place(n.clicks, iStar)) / decay)
}

/** STAN by equations 1 to 5 of Garg et al. (2019), without the factor 1/√l(s) that all items have. */
export function referenceStan(past: readonly PastSession[], s: readonly string[], now: number, o: ReferenceStan): Reference {
  return sum(stanNeighbours(past, s, now, o), (n, item) => w3(s, n, item, o.neighbourDecay))
}

/** VSTAN as the text of Ludewig et al. (2021) combines STAN and VS-KNN. */
export function referenceVstan(
  past: readonly PastSession[],
  s: readonly string[],
  now: number,
  o: ReferenceStan & { matchDecay: number; idf: number },
): Reference {
  return sum(stanNeighbours(past, s, now, o), (n, item) => {
    const score = w3(s, n, item, o.neighbourDecay) * Math.exp(-(stepOf(s, n) - 1) / o.matchDecay)
    return score + score * idfOf(past, item) * o.idf
  })
}

/** VMIS-kNN by algorithms 1 and 2 of Kersbergen et al. (2022): an index of the m latest sessions of each item, and one of candidates. */
export function referenceVmisKnn(
  past: readonly PastSession[],
  s: readonly string[],
  { k, sample: m, ties }: { k: number; sample: number; ties?: Ties },
): Reference {
  const r = new Map<PastSession, number>()
  const seen = new Set<string>()
  for (let at = s.length; at >= 1; at--) {
    const item = s[at - 1]
    if (seen.has(item)) continue
    seen.add(item)
    const ofItem = latest(
      past.filter(({ clicks }) => clicks.includes(item)),
      m,
    )
    for (const n of ofItem) {
      const known = r.get(n)
      if (known !== undefined) r.set(n, known + at / s.length)
      else if (r.size < m) r.set(n, at / s.length)
      else {
        const oldest = [...r.keys()].reduce((a, b) => (a.last < b.last ? a : b))
        if (n.last <= oldest.last) break
        r.delete(oldest)
        r.set(n, at / s.length)
      }
    }
  }
  const sims = [...r].map(([n, sim]) => ({ n, sim }))
  return sum(nearest(sims, k, ties), (n, item) => Math.max(0, 1 - 0.1 * stepOf(s, n)) * idfOf(past, item))
}

const holders = new WeakMap<readonly PastSession[], Map<string, PastSession[]>>()

/** Item-kNN by its formula: similarities of pairs of items, each counted over all past sessions. */
export function referenceItemKnn(
  past: readonly PastSession[],
  s: readonly string[],
  o: { alpha: number; shrinkage: number; sessionDecay: number },
): Map<string, number> {
  const having = (item: string) => {
    const known = holders.get(past) ?? new Map<string, PastSession[]>()
    holders.set(past, known)
    const found = known.get(item) ?? past.filter(({ clicks }) => clicks.includes(item))
    known.set(item, found)
    return found
  }
  const count = (i: string, j = i) => having(i).filter(({ clicks }) => clicks.includes(j)).length
  const scores = new Map<string, number>()
  for (const i of distinct(s)) {
    const ago = s.length - place(s, i)
    if (count(i) === 0 || (o.sessionDecay === 0 && ago > 0)) continue
    const w = o.sessionDecay === 0 ? 1 : Math.exp(-ago / o.sessionDecay)
    for (const j of distinct(having(i).flatMap(({ clicks }) => clicks))) {
      const together = count(i, j)
      if (i === j || together === 0) continue
      const sim = together / ((count(i) + o.shrinkage) ** o.alpha * (count(j) + o.shrinkage) ** (1 - o.alpha))
      scores.set(j, (scores.get(j) ?? 0) + w * sim)
    }
  }
  return scores
}
