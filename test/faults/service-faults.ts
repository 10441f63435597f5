import { watch } from 'node:fs'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { eventually } from '../support/eventually.ts'
import { commandsUntil } from '../support/redis-commands.ts'
import type { OpenedService } from '../support/service.ts'
import type { Clustered, Embedded, Standalone } from './backend.ts'
import type { Trial } from './trial.ts'

export function keysOf({ partitioning, prefix }: OpenedService): RedisKeys {
  return new RedisKeys(partitioning, prefix)
}

/** The process of a service, with what it was sent and has not answered; clients go to another. */
export async function serviceIsKilled(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
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
export async function embeddedIsKilled(trial: Trial<Embedded>): Promise<OpenedService> {
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
export async function embeddedIsKilledInSnapshot(trial: Trial<Embedded>): Promise<OpenedService> {
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
export async function twoWorkersFold(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
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
export async function workerIsPaused(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
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
  const { server } = await nodeOf(log)
  await commandsUntil({ port: server.port }, ({ name, args }) => name === 'xrange' && args[0] === log)
  paused.pause()
  await eventually(async () => {
    const now = await admin.get(lease)
    if (now === null || now === first) throw new Error('nobody else folds')
  }, 10)
  await trial.some(200)
  paused.goOn()
  await trial.some(200)
  await load.stop()
  return service
}

/** Every event three times, in random order, to any service. */
export function eventsComeThreeTimes(services: number) {
  return async (trial: Trial): Promise<OpenedService> => {
    const opened = [await trial.open()]
    while (opened.length < services) opened.push(await trial.open())
    await trial.start({ copies: 3, events: 500 * trial.factor }).over()
    return opened[0]
  }
}

/** A thousand events of one user, sent to eight processes at once. */
export async function eightProcessesWriteOneUser(trial: Trial<Standalone | Clustered>): Promise<OpenedService> {
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
