import type { OpenedService } from '../support/service.ts'
import type { Clustered, Embedded, Standalone } from './backend.ts'
import { connectionIsCut, masterFails, memoryIsFull, powerIsLost, redisIsRestarted } from './redis-faults.ts'
import {
  eightProcessesWriteOneUser,
  embeddedIsKilled,
  embeddedIsKilledInSnapshot,
  eventsComeThreeTimes,
  serviceIsKilled,
  twoWorkersFold,
  workerIsPaused,
} from './service-faults.ts'
import type { Trial } from './trial.ts'

/** What is done to a store under load. Resolves with a service on it, when the trouble is over and every event is acknowledged. */
type Befall<B extends Standalone | Clustered | Embedded> = (trial: Trial<B>) => Promise<OpenedService>

interface RowOf<B extends Standalone | Clustered | Embedded> {
  readonly fault: string
  readonly backend: B['kind']
  readonly durability: string
  /** How many processes of the service it takes, if more than one. */
  readonly processes?: number
  readonly befall: Befall<B>
}

export type Row = RowOf<Standalone> | RowOf<Clustered> | RowOf<Embedded>

const memory = 'memory'
const everysec = 'appendfsync everysec'
const always = 'appendfsync always'
const journal = 'journal'

/** Every fault on every backend that it can befall. */
export const ROWS: readonly Row[] = [
  { fault: 'a service is killed in a batch', backend: 'standalone', durability: memory, befall: serviceIsKilled },
  { fault: 'a service is killed in a batch', backend: 'cluster', durability: memory, befall: serviceIsKilled },
  { fault: 'a service is killed in a batch', backend: 'embedded', durability: journal, befall: embeddedIsKilled },
  { fault: 'it is killed in a snapshot', backend: 'embedded', durability: journal, befall: embeddedIsKilledInSnapshot },
  { fault: 'two workers fold everything', backend: 'standalone', durability: memory, befall: twoWorkersFold },
  { fault: 'two workers fold everything', backend: 'cluster', durability: memory, befall: twoWorkersFold },
  { fault: 'a worker is stopped and goes on', backend: 'standalone', durability: memory, befall: workerIsPaused },
  { fault: 'a worker is stopped and goes on', backend: 'cluster', durability: memory, befall: workerIsPaused },
  {
    fault: 'eight processes write one user',
    backend: 'standalone',
    durability: memory,
    processes: 8,
    befall: eightProcessesWriteOneUser,
  },
  {
    fault: 'eight processes write one user',
    backend: 'cluster',
    durability: memory,
    processes: 8,
    befall: eightProcessesWriteOneUser,
  },
  { fault: 'every event comes three times', backend: 'standalone', durability: memory, befall: eventsComeThreeTimes(2) },
  { fault: 'every event comes three times', backend: 'cluster', durability: memory, befall: eventsComeThreeTimes(2) },
  { fault: 'every event comes three times', backend: 'embedded', durability: journal, befall: eventsComeThreeTimes(1) },
  { fault: 'Redis is out of memory', backend: 'standalone', durability: memory, befall: memoryIsFull },
  { fault: 'Redis is out of memory', backend: 'cluster', durability: memory, befall: memoryIsFull },
  { fault: 'the connection is cut', backend: 'standalone', durability: memory, befall: connectionIsCut },
  { fault: 'the connection is cut', backend: 'cluster', durability: memory, befall: connectionIsCut },
  { fault: 'Redis is restarted', backend: 'standalone', durability: everysec, befall: redisIsRestarted('everysec', 'stopped') },
  { fault: 'Redis is restarted', backend: 'cluster', durability: everysec, befall: redisIsRestarted('everysec', 'stopped') },
  { fault: 'Redis is killed', backend: 'standalone', durability: everysec, befall: redisIsRestarted('everysec', 'killed') },
  { fault: 'Redis is killed', backend: 'standalone', durability: always, befall: redisIsRestarted('always', 'killed') },
  { fault: 'Redis is killed', backend: 'cluster', durability: always, befall: redisIsRestarted('always', 'killed') },
  { fault: 'the power is lost', backend: 'standalone', durability: everysec, befall: powerIsLost },
  { fault: 'a master is killed', backend: 'cluster', durability: memory, befall: masterFails('memory', 'is killed') },
  { fault: 'a master is killed', backend: 'cluster', durability: 'replica', befall: masterFails('replica', 'is killed') },
  { fault: 'a master hangs', backend: 'cluster', durability: memory, befall: masterFails('memory', 'hangs') },
]
