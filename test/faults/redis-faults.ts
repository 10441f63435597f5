import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from '../support/eventually.ts'
import type { OpenedService } from '../support/service.ts'
import type { Clustered, Standalone } from './backend.ts'
import { keysOf } from './service-faults.ts'
import { type Cut, TcpProxy } from './tcp-proxy.ts'
import type { Trial } from './trial.ts'

/** What a replica lacks when its master dies is younger than this, in ms. */
const REPLICA_LAG_MS = 1000
/** With everysec Redis acknowledges what it has not written while the disk is busy with a sync, for at most so long, in ms. */
const POSTPONED_MS = 2000
/** How long the connection is cut, in ms: in the short form for longer than a command may take. */
const CUT_MS = { short: 2500, long: 10_000 }

/** All servers at once, in an orderly way or by SIGKILL, and a start from what they had written. */
export function redisIsRestarted(fsync: 'everysec' | 'always', how: 'stopped' | 'killed') {
  return async (trial: Trial<Standalone | Clustered>): Promise<OpenedService> => {
    const { backend } = trial
    const service = await trial.open()
    const load = trial.start()
    await trial.rounds(1, async () => {
      for (const { admin } of backend.nodes) await admin.config('SET', 'appendfsync', fsync)
      await trial.some(300)
      const at = performance.now()
      await Promise.all(backend.nodes.map(({ server }) => (how === 'killed' ? server.kill() : server.shutDown())))
      if (how === 'killed' && fsync === 'everysec') trial.losable.push({ from: at - POSTPONED_MS, fault: performance.now() })
      await load.refused()
      await backend.restart()
    })
    await trial.some(200)
    await load.stop()
    return service
  }
}

/** What was written in the last second before the end is not on the disk, nor half of what stood there then. */
export async function powerIsLost(trial: Trial<Standalone>): Promise<OpenedService> {
  const { backend } = trial
  const [{ server, admin }] = backend.nodes
  const service = await trial.open()
  const load = trial.start()
  await trial.rounds(1, async () => {
    // What is written must stay in one file.
    await admin.config('SET', 'appendfsync', 'everysec', 'auto-aof-rewrite-percentage', '0')
    await eventually(async () => {
      const info = await admin.info('persistence')
      if (!info.includes('aof_rewrite_in_progress:0') || !info.includes('aof_rewrite_scheduled:0'))
        throw new Error('Redis rewrites its file')
    }, 10)
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
    const fault = performance.now()
    watching = false
    await watched
    const young = sizes.filter(({ at }) => at >= end - 1000 && at <= end)
    const synced = trial.chance.pick(young)
    const next = sizes[Math.min(sizes.indexOf(synced) + 1, sizes.length - 1)]
    await truncate(path, trial.chance.between(synced.size, next.size + 1))
    trial.losable.push({ from: synced.at - POSTPONED_MS, fault })
    await backend.restart()
  })
  await trial.some(300)
  await load.stop()
  return service
}

/** The master of a partition is gone under load; its replica is promoted, and it comes back as a replica. */
export function masterFails(durability: 'memory' | 'replica', how: 'is killed' | 'hangs') {
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
      if (how === 'is killed') await master.server.kill()
      else master.server.pause()
      if (durability === 'memory') trial.losable.push({ from: at - REPLICA_LAG_MS, fault: performance.now() })
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
export async function connectionIsCut(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
  const { backend, chance } = trial
  const proxies = await Promise.all(backend.nodes.map(({ server }) => TcpProxy.to(server.port)))
  const ports = proxies.map(({ port }) => port)
  if (backend.kind === 'cluster') await backend.cluster.announce(ports)
  const service = await trial.open(backend.kind === 'cluster' ? undefined : `redis://127.0.0.1:${ports[0]}`)
  const load = trial.start()
  const how: Cut[] = trial.factor < 1 ? [chance.pick(['refused', 'silent'])] : ['refused', 'silent']
  for (const cut of how) {
    await trial.some(300)
    for (const proxy of proxies) proxy.cut(cut)
    await load.refused(20)
    await wait(trial.factor < 1 ? CUT_MS.short : CUT_MS.long)
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

/** Redis takes nothing that needs memory, and does again. */
export async function memoryIsFull(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
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
      await eventually(async () => {
        if ((await service.store.foldLag()) > 0) throw new Error('what is recorded is not folded while memory is full')
      }, 10)
    } finally {
      for (const { admin } of nodes) await admin.config('SET', 'maxmemory', '0')
    }
    await trial.some(200)
  })
  await load.stop()
  return service
}
