import type { Logger } from 'pino'
import type { NetworkSettings } from '../network-settings.ts'
import { schema } from '../schema/schema.ts'
import { CompressionBudget } from './compression-budget.ts'
import { Origins } from './origins.ts'
import { PersistedOperations, readAllowedDocuments } from './persisted-operations.ts'

/** What stands between the network and the operations, as the settings say: the same for all transports. */
export interface NetworkGate {
  readonly origins: Origins
  /** Which documents are run. */
  readonly persisted: PersistedOperations
  /** Whether clients may read the schema, and errors suggest its names. */
  readonly introspection: boolean
  /** What compressed streams may take; nothing is compressed if undefined. */
  readonly compression: CompressionBudget | undefined
}

/** @throws LiverankError CONFIGURATION if the file of PERSISTED_OPERATIONS cannot be used */
export async function openGate(network: NetworkSettings, graphiql: boolean, logger: Logger): Promise<NetworkGate> {
  const { PERSISTED_OPERATIONS: path, INTROSPECTION, COMPRESSION, COMPRESSION_MB } = network
  const warn = (message: string) => logger.warn(message)
  return {
    origins: new Origins(network),
    persisted: new PersistedOperations(path === undefined ? undefined : await readAllowedDocuments(path, schema, warn)),
    introspection: graphiql || INTROSPECTION,
    compression: COMPRESSION ? new CompressionBudget(COMPRESSION_MB) : undefined,
  }
}
