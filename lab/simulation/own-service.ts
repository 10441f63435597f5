import type { Clock } from '../../src/clock.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { warningsOnStderr } from '../../src/logging/logger.ts'
import { openService, type Service } from '../../src/service/service.ts'
import { playedClock } from '../played-clock.ts'
import { Random } from '../random.ts'
import { seededRandomness } from '../seeded-randomness.ts'

export interface OwnServiceOptions {
  readonly domain: Domain
  readonly seed: number
  /** ms since 1970. */
  readonly startsAt: number
  /** A model of `modelDir` or of the package; empty leaves ranking to a rule. */
  readonly model: string
  readonly modelDir?: string | undefined
}

/**
 * Opens a service in this process and in memory. It runs on the clock of the simulation, and its randomness comes from the seed.
 */
export async function openOwnService({
  domain,
  seed,
  startsAt,
  model,
  modelDir = './models',
}: OwnServiceOptions): Promise<Service & { clock: Clock }> {
  const clock = playedClock(startsAt)
  return openService({
    config: {
      REDIS_URL: undefined,
      REDIS_PREFIX: 'own',
      PARTITIONS: 16,
      SHARDS: 8,
      DURABILITY: 'memory',
      JOURNAL_FSYNC: 'no',
      MODEL_DIR: modelDir,
      MODEL: model,
      CLOCK: 'events',
      EXPLORATION: true,
    },
    dataDir: undefined,
    domain,
    clock,
    random: seededRandomness(new Random(seed, 'service')),
    logger: warningsOnStderr(),
  })
}
