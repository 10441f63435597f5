import { HOUR, MINUTE } from '../../src/time-units.ts'
import type { Targets } from './faults.ts'
import { logs } from './keys.ts'
import type { Situation } from './situations.ts'

/** Who an entry belongs to that no service wrote. */
export const POISON = 'poison'
const GARBAGE = [
  'garbage',
  'null',
  '[null]',
  '{"a":1}',
  '[["item:i1",[[0,null]]]]',
  '[["item:i1",0,[[0,0,null]]]]',
  '[1e999]',
  '',
]

interface Upheavals extends Targets {
  /** Servers come back without what they held. */
  comeBack(): void
}

/** Plans what situations bring from outside: clocks that are set, stores that lose data, entries that nobody can fold. */
export function planUpheavals(situations: ReadonlySet<Situation>, targets: Upheavals, until: number): void {
  const { world } = targets
  const { chance } = world
  const plan = (count: number, happen: () => void) => {
    for (let n = 0; n < count; n++) world.after(chance.number() * until, happen)
  }
  if (situations.has('clockSteps')) {
    // The mark of an erasure counts for ten minutes: clocks must not differ by more, or it goes on while others write over the mark.
    const most = situations.has('erasures') ? MINUTE : HOUR
    plan(chance.between(1, 4), () => stepClock(targets, most))
  }
  if (situations.has('lostStores')) plan(1, () => loseData(targets))
  if (situations.has('poisonedEntries')) plan(chance.between(1, 3), () => poison(targets))
}

function stepClock({ world, nodes, services }: Upheavals, most: number): void {
  const { chance } = world
  const ms = chance.pick([-1, 1]) * chance.between(1, most)
  const stepped = chance.happens(0.7) ? chance.pick(services()).process : chance.pick(nodes)
  stepped.stepClock(ms)
  world.note(`the clock of ${stepped.name} steps`, [String(ms)])
}

function loseData({ world, comeBack }: Upheavals): void {
  world.note('the store loses data')
  comeBack()
}

function poison({ world, nodes }: Upheavals): void {
  const { chance, now } = world
  const log = chance.pick(logs())
  const node = nodes.find((each) => each.owns(log))
  const entry = { kind: 'events', userId: POISON, version: 1, recordedAt: Math.floor(now), events: [] }
  const increments = chance.pick(GARBAGE)
  world.note('an entry is poisoned', [increments])
  if (!node?.isFull) node?.execute('xadd', [log, '*', 'e', JSON.stringify(entry), 'i', increments])
}
