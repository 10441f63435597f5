import { watch } from 'node:fs'
import { readdir, stat, truncate } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { vi } from 'vitest'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import type { OpenedService } from '../support/service.ts'
import type { Clustered, Embedded, Node, Standalone } from './backend.ts'
import { type Cut, TcpProxy } from './tcp-proxy.ts'
import type { Trial } from './trial.ts'

const PATIENCE = { timeout: 30_000, interval: 10 }
/** What a replica lacks when its master dies is younger than this, in ms. */
const REPLICA_LAG_MS = 1000
/** With everysec Redis acknowledges what it has not written while the disk is busy with a sync, for at most so long, in ms. */
const POSTPONED_MS = 2000
/** How long the connection is cut, in ms: in the short form for longer than a command may take. */
const CUT_MS = { short: 2500, long: 10_000 }

/** What is done to a store under load. Resolves with a service on it, when the trouble is over and every event is acknowledged. */
type Befall<B extends Standalone | Clustered | Embedded> = (trial: Trial<B>) => Promise<OpenedService>

interface RowOf<B extends Standalone | Clustered | Embedded> {
  readonly fault: string
  readonly backend: B['kind']
  readonly durability: string
  readonly befall: Befall<B>
}

export type Row = RowOf<Standalone> | RowOf<Clustered> | RowOf<Embedded>

function keysOf({ partitioning, prefix }: OpenedService): RedisKeys {
  return new RedisKeys(partitioning, prefix)
}

/** The process of a service, with what it was sent and has not answered; clients go to another. */
async function serviceIsKilled(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
  const service = await trial.open()
  const load = trial.start()
  await trial.rounds(1, async () => {
    const killed = await trial.fork()
    await trial.some(300)
    await killed.kill()
    trial.leave(killed)
    await trial.some(200)
  })
  await load.stop()
  return service
}

/** The same where there is no other: clients wait for the next process on the folder. */
async function embeddedIsKilled(trial: Trial<Embedded>): Promise<OpenedService> {
  trial.start()
  await trial.rounds(2, async () => {
    const service = await trial.fork()
    await trial.some(300)
    await service.kill()
    trial.leave(service)
  })
  return finishedHere(trial)
}

/** Killed as soon as it writes a snapshot, now at its beginning, now somewhere within the turn to the next journal. */
async function embeddedIsKilledInSnapshot(trial: Trial<Embedded>): Promise<OpenedService> {
  const dataDir = await trial.dataDir()
  trial.start()
  await trial.rounds(2, async () => {
    const service = await trial.fork({ SNAPSHOT_EVERY_MB: '0.1' })
    await trial.some(500)
    const begun = trial.chance.pick([/^snapshot-\d+.*\.unfinished$/, /^journal-\d+\.jsonl$/, /^snapshot-\d+$/])
    const watcher = watch(dataDir)
    await new Promise<void>((resolve) => {
      watcher.on('change', (_, name) => {
        if (begun.test(String(name))) resolve()
      })
    })
    watcher.close()
    await service.kill()
    trial.leave(service)
  })
  return finishedHere(trial)
}

async function finishedHere(trial: Trial<Embedded>): Promise<OpenedService> {
  const service = await trial.open()
  await trial.some(100)
  await trial.load.stop()
  return service
}

/** Both fold everything all the time, whoever holds the lease. */
async function twoWorkersFold(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
  const services = [await trial.open(), await trial.open()]
  const load = trial.start()
  let over = false
  const folding = services.map(async ({ store }) => {
    while (!over) await store.settle()
  })
  await trial.some(1500)
  await load.stop()
  over = true
  await Promise.all(folding)
  return services[0]
}

/**
 * The one that folds stands still when it has just read a log and not folded it yet, until another has its lease and has gone on;
 * then it goes on where it stood.
 */
async function workerIsPaused(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
  const { backend } = trial
  const paused = await trial.fork()
  const service = await trial.open()
  const load = trial.start()
  const keys = keysOf(service)
  const { lease } = keys
  const nodeOf = async (key: string) => (backend.kind === 'cluster' ? backend.cluster.masterOf(key) : backend.nodes[0])
  const { admin } = await nodeOf(lease)
  await trial.some(200)
  const first = await admin.get(lease)
  const log = keys.log(trial.chance.between(0, service.partitioning.partitions))
  await untilSent(await nodeOf(log), ['xrange', log])
  paused.pause()
  await vi.waitFor(async () => {
    const now = await admin.get(lease)
    if (now === null || now === first) throw new Error('nobody else folds')
  }, PATIENCE)
  await trial.some(200)
  paused.goOn()
  await trial.some(200)
  await load.stop()
  return service
}

/** Resolves when the server is sent a command that begins like this. */
async function untilSent({ server }: Node, command: readonly string[]): Promise<void> {
  const text = command.map((word) => JSON.stringify(word)).join(' ')
  const monitor = connect(server.port, '127.0.0.1')
  monitor.write('MONITOR\r\n')
  for await (const line of createInterface({ input: monitor })) if (line.includes(text)) break
  monitor.destroy()
}

/** All servers at once, in an orderly way or by SIGKILL, and a start from what they had written. */
function redisIsRestarted(fsync: 'everysec' | 'always', how: 'stopped' | 'killed') {
  return async (trial: Trial<Standalone | Clustered>): Promise<OpenedService> => {
    const { backend } = trial
    const service = await trial.open()
    const load = trial.start()
    await trial.rounds(1, async () => {
      for (const { admin } of backend.nodes) await admin.config('SET', 'appendfsync', fsync)
      await trial.some(300)
      const at = performance.now()
      if (how === 'killed' && fsync === 'everysec') trial.losable.push({ from: at - POSTPONED_MS, fault: at })
      await Promise.all(backend.nodes.map(({ server }) => (how === 'killed' ? server.kill() : server.shutDown())))
      await load.refused()
      await backend.restart()
    })
    await trial.some(200)
    await load.stop()
    return service
  }
}

/** What was written in the last second before the end is not on the disk, nor half of what stood there then. */
async function powerIsLost(trial: Trial<Standalone>): Promise<OpenedService> {
  const { backend } = trial
  const [{ server, admin }] = backend.nodes
  const service = await trial.open()
  const load = trial.start()
  await trial.rounds(1, async () => {
    // What is written must stay in one file.
    await admin.config('SET', 'appendfsync', 'everysec', 'auto-aof-rewrite-percentage', '0')
    await vi.waitFor(async () => {
      const info = await admin.info('persistence')
      if (!info.includes('aof_rewrite_in_progress:0') || !info.includes('aof_rewrite_scheduled:0'))
        throw new Error('Redis rewrites its file')
    }, PATIENCE)
    const folder = join(server.directory, 'appendonlydir')
    const path = join(
      folder,
      (await readdir(folder))
        .filter((name) => name.endsWith('.incr.aof'))
        .sort()
        .at(-1)!,
    )
    const sizes: { at: number; size: number }[] = []
    let watching = true
    const watched = (async () => {
      while (watching) {
        const at = performance.now()
        sizes.push({ at, size: (await stat(path)).size })
        await wait(5)
      }
    })()
    await trial.some(2500)
    const end = performance.now()
    await server.kill()
    watching = false
    await watched
    const young = sizes.filter(({ at }) => at >= end - 1000 && at <= end)
    const synced = trial.chance.pick(young)
    const next = sizes[Math.min(sizes.indexOf(synced) + 1, sizes.length - 1)]
    await truncate(path, trial.chance.between(synced.size, next.size + 1))
    trial.losable.push({ from: synced.at - POSTPONED_MS, fault: end })
    await backend.restart()
  })
  await trial.some(300)
  await load.stop()
  return service
}

/** The master of a partition is gone under load; its replica is promoted, and it comes back as a replica. */
function masterFails(durability: 'memory' | 'replica', how: 'is killed' | 'hangs') {
  return async (trial: Trial<Clustered>): Promise<OpenedService> => {
    const { backend, chance } = trial
    const { cluster } = backend
    const service = await trial.open()
    const keys = keysOf(service)
    const load = trial.start()
    await trial.rounds(1, async () => {
      await trial.some(500)
      const master = await cluster.masterOf(keys.log(chance.between(0, service.partitioning.partitions)))
      const at = performance.now()
      if (durability === 'memory') trial.losable.push({ from: at - REPLICA_LAG_MS, fault: at })
      if (how === 'is killed') await master.server.kill()
      else master.server.pause()
      await cluster.untilServedWithout(
        master,
        cluster.nodes.filter((node) => node !== master),
      )
      // Where a replica must have it, the partition records when there is one again.
      if (durability === 'memory') await trial.some(300)
      if (how === 'is killed') await backend.restart()
      else master.server.goOn()
      await cluster.untilWhole()
      await trial.some(300)
    })
    await load.stop()
    return service
  }
}

/** All connections are cut, those of clients and in a cluster those of replicas: refused, or silent and delivered later. */
async function connectionIsCut(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
  const { backend, chance } = trial
  const proxies = await Promise.all(backend.nodes.map(({ server }) => TcpProxy.to(server.port)))
  const ports = proxies.map(({ port }) => port)
  if (backend.kind === 'cluster') await backend.cluster.announce(ports)
  const service = await trial.open(backend.kind === 'cluster' ? undefined : `redis://127.0.0.1:${ports[0]}`)
  const load = trial.start()
  const how: Cut[] = trial.factor === 1 ? [chance.pick(['refused', 'silent'])] : ['refused', 'silent']
  for (const cut of how) {
    await trial.some(300)
    for (const proxy of proxies) proxy.cut(cut)
    await load.refused(20)
    await wait(trial.factor === 1 ? CUT_MS.short : CUT_MS.long)
    for (const proxy of proxies) proxy.mend()
    await trial.some(300)
  }
  await load.stop()
  if (backend.kind === 'standalone') return service
  await backend.cluster.announce(undefined)
  const after = await trial.open()
  await service.close()
  await Promise.all(proxies.map((proxy) => proxy.close()))
  return after
}

/** Every event three times, in random order, to any service. */
function eventsComeThreeTimes(services: number) {
  return async (trial: Trial): Promise<OpenedService> => {
    const opened = [await trial.open()]
    while (opened.length < services) opened.push(await trial.open())
    await trial.start({ copies: 3, events: 500 * trial.factor }).over()
    return opened[0]
  }
}

/** Redis takes nothing that needs memory, and does again. */
async function memoryIsFull(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
  const { nodes } = trial.backend
  const service = await trial.open()
  const load = trial.start()
  await trial.rounds(1, async () => {
    await trial.some(300)
    for (const { admin } of nodes) await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1mb')
    try {
      await load.refused(100)
      const before = await service.store.readValues([{ kind: 'user', id: 'nobody' }])
      const batch = [1, 2].map((n) => ({ eventId: `full${n}`, userId: 'nobody', itemId: 'i1', eventType: 'view' }))
      const outcomes = await service.ingest.record(batch)
      const after = await service.store.readValues([{ kind: 'user', id: 'nobody' }])
      if (outcomes.some(({ status }) => status !== 'UNAVAILABLE') || before[0] || after[0])
        throw new Error('a batch without memory is not refused whole')
      await vi.waitFor(async () => {
        if ((await service.store.foldLag()) > 0) throw new Error('what is recorded is not folded while memory is full')
      }, PATIENCE)
    } finally {
      for (const { admin } of nodes) await admin.config('SET', 'maxmemory', '0')
    }
    await trial.some(200)
  })
  await load.stop()
  return service
}

/** A thousand events of one user, sent to eight processes at once. */
async function eightProcessesWriteOneUser(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
  await Promise.all(Array.from({ length: 8 }, () => trial.fork()))
  const event = (n: number) => ({
    eventId: `e${n}`,
    userId: 'u0',
    itemId: `i${n % 3}`,
    eventType: n % 6 === 0 ? 'click' : 'view',
  })
  await trial.start({ events: 1000, lanes: 40, event }).over()
  return trial.open()
}

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
  { fault: 'eight processes write one user', backend: 'standalone', durability: memory, befall: eightProcessesWriteOneUser },
  { fault: 'eight processes write one user', backend: 'cluster', durability: memory, befall: eightProcessesWriteOneUser },
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
