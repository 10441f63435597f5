import type { Domain } from '../domain/domain.ts'
import type { Config } from '../service/config.ts'
import { redisAccessOf } from '../settings/redis-settings.ts'
import type { RedisAccess } from '../state/redis/access.ts'
import { expectRedis } from '../state/redis/check-connection.ts'
import { connectRedis, type RedisConnection } from '../state/redis/connection.ts'
import { RedisKeys } from '../state/redis/keys.ts'
import { readLastTime, recordedPartitioning } from '../state/redis/layout.ts'
import { expectPermissions } from '../state/redis/permissions.ts'
import { refusedCommand } from '../state/redis/refused-command.ts'
import { expectReplicas } from '../state/redis/replicated-writes.ts'
import { ServerSettingsWatch } from '../state/redis/server-settings-watch.ts'
import { serverTime } from '../state/redis/server-time.ts'
import { examineLastTime } from './clock.ts'
import { examineDisk } from './disk.ts'
import { type Finding, ok, problem, problemOf, warning } from './finding.ts'

/** Clocks that differ by more date events visibly wrong, in ms. */
const DIFFERENT_MS = 5000
/** Events from a clock that is ahead by more are refused, in ms. */
const TOO_FAR_MS = 5 * 60_000

/**
 * Checks that Redis answers, keeps acknowledged data, holds the store that the settings describe, and has the same time as this
 * machine.
 */
export async function examineRedis(config: Config, url: string, domain: Domain): Promise<Finding[]> {
  const warnings: string[] = []
  let access: RedisAccess
  try {
    access = redisAccessOf(config, url)
    await expectRedis(access)
  } catch (error) {
    return [problemOf('store', error)]
  }
  const connection = connectRedis(access, (message) => void warnings.push(message))
  try {
    await expectPermissions(connection, url, config.REDIS_PREFIX)
    const keys = new RedisKeys({ partitions: 1, shards: 1 }, config.REDIS_PREFIX)
    const disk = config.ARCHIVE_DIR ? await examineDisk('ARCHIVE_DIR', config.ARCHIVE_DIR) : []
    return [
      ...(await examineLayout(config, connection, domain)),
      ...(await examinePolicy(config, connection)),
      ...(await examineReplicas(config, connection)),
      ...disk,
      await examineTime(connection),
      ...examineLastTime(await readLastTime(connection, keys), config),
    ]
  } catch (error) {
    return [problemOf('store', refusedCommand(error, url)), ...warnings.map((message) => warning('store', message))]
  } finally {
    await connection.close()
  }
}

async function examineLayout({ PARTITIONS, SHARDS, REDIS_PREFIX }: Config, connection: RedisConnection, domain: Domain) {
  const held = await recordedPartitioning(connection, REDIS_PREFIX)
  if (held === undefined)
    return [ok('store', `Redis answers, and holds no store with REDIS_PREFIX ${REDIS_PREFIX} yet: the first start creates one.`)]
  const { partitions, shards } = held
  if (partitions === PARTITIONS && shards === SHARDS)
    return [ok('store', `Redis answers, and holds a store of ${partitions} partitions and ${shards} shards for ${domain.name}.`)]
  return [
    problem(
      'store',
      `The store was created with ${partitions} partitions and ${shards} shards, but the settings say ${PARTITIONS} and ${SHARDS}.`,
      `Set PARTITIONS=${partitions} and SHARDS=${shards}, or use another REDIS_PREFIX.`,
    ),
  ]
}

async function examinePolicy({ ALLOW_EVICTION }: Config, connection: RedisConnection): Promise<Finding[]> {
  const watch = new ServerSettingsWatch({ connection, allowsEviction: true, warn: () => {} })
  await watch.look()
  if (watch.policy?.evicts && !ALLOW_EVICTION) {
    const [eviction, ...others] = watch.warnings
    return [
      problem('store', eviction, 'Or set ALLOW_EVICTION=1 to accept the loss. The service does not start otherwise.'),
      ...others.map((message) => warning('store', message)),
    ]
  }
  if (watch.warnings.length > 0) return watch.warnings.map((message) => warning('store', message))
  return [ok('store', 'Redis evicts nothing, and writes an append-only file.')]
}

async function examineReplicas({ DURABILITY }: Config, connection: RedisConnection): Promise<Finding[]> {
  if (DURABILITY !== 'replica') return []
  const warnings: string[] = []
  try {
    await expectReplicas(connection, (message) => void warnings.push(message))
  } catch (error) {
    return [problemOf('store', error)]
  }
  return warnings.length > 0 ? warnings.map((message) => warning('store', message)) : [ok('store', 'Every master has a replica.')]
}

/** By how much the clock of Redis differs from that of this machine, half of the way there and back allowed for. */
async function examineTime({ commands }: RedisConnection): Promise<Finding> {
  const asked = Date.now()
  const time = await serverTime(commands)
  const answered = Date.now()
  const ahead = time - (asked + answered) / 2
  const message = `The clock of Redis is ${Math.round(Math.abs(ahead))} ms ${ahead < 0 ? 'behind' : 'ahead of'} that of this machine.`
  const advice = 'Check the time synchronisation of both machines (timedatectl).'
  if (Math.abs(ahead) > TOO_FAR_MS) return problem('clock', message, advice)
  return Math.abs(ahead) > DIFFERENT_MS ? warning('clock', message, advice) : ok('clock', message)
}
