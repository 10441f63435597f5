import type { Clock } from '../../src/clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { warningsOnStderr } from '../../src/logging/logger.ts'
import { systemRandomness } from '../../src/random.ts'
import { openService, type Service, type ServiceOptions } from '../../src/service/service.ts'

export interface OpenStoreOptions extends Partial<Pick<ServiceOptions, 'dataDir' | 'domain' | 'logger'>> {
  readonly clock: Clock
  /** Absent: the embedded store. */
  readonly redis?: string
}

/** A service on a store of its own, without a model, snapshots or trimming of logs. */
export function openStore({ clock, redis, dataDir, domain = eCommerce, logger }: OpenStoreOptions): Promise<Service> {
  return openService({
    config: {
      REDIS_URL: redis,
      REDIS_PREFIX: 'bench',
      PARTITIONS: 16,
      SHARDS: 8,
      JOURNAL_FSYNC: 'everysec',
      MODEL_DIR: '',
      MODEL: '',
      CLOCK: 'events',
      DURABILITY: 'memory',
    },
    dataDir,
    domain,
    clock,
    random: systemRandomness(),
    logger: logger ?? warningsOnStderr(),
  })
}
