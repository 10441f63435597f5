import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { TokenSettings } from '../../src/auth/token-verifier.ts'
import { type Clock, wallClock } from '../../src/clock.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { makeLogger } from '../../src/logging/logger.ts'
import { systemRandomness } from '../../src/random.ts'
import { makeYoga } from '../../src/server/graphql-endpoint.ts'
import { makeGate } from '../../src/server/network-gate.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/server.ts'
import { readConfig } from '../../src/service/config.ts'
import { openService, type Service } from '../../src/service/service.ts'
import { NETWORK_DEFAULTS } from '../../src/settings/network-settings.ts'
import { answerOf, type GraphQLClient, sseClient, type Variables, webSocketClient } from './graphql-client.ts'
import { ALL_SHOWN } from './service.ts'

export interface ServiceSettings {
  /** Absent: the embedded store, without a journal. */
  readonly redisUrl?: string
  /** Services of one store share it. */
  readonly redisPrefix?: string
  readonly clock?: Clock
  /** Whether the clock is that of a replay, which events move. */
  readonly followsEvents?: boolean
  /** The shop if absent, where slates leave out nothing because the user acted on it. */
  readonly domain?: Domain
  /** Where models are; those that ship if absent. */
  readonly modelDir?: string
  /** The model of the settings; none if absent. */
  readonly model?: string
  /** Whether what the domain leaves to chance is left to chance; not, if absent. */
  readonly explores?: boolean
  readonly logger?: pino.Logger
  /** Which tokens it accepts; none, and no key is needed, if absent. */
  readonly tokens?: TokenSettings
}

export const silent = pino({ level: 'silent' })

/** A service, without a model unless one is named, which is closed when the running test has finished, if not before. */
export async function openTestService(settings: ServiceSettings = {}): Promise<Service> {
  const { redisUrl, redisPrefix = 'lr', clock = wallClock(), domain = ALL_SHOWN, logger = silent } = settings
  const { modelDir, model = '', explores = false } = settings
  const environment = {
    ...settings.tokens,
    CLOCK: settings.followsEvents ? 'events' : 'wall',
    EXPLORATION: explores ? '1' : '0',
    MODEL_DIR: modelDir,
    MODEL: model,
    PARTITIONS: '4',
    SHARDS: '2',
    REDIS_URL: redisUrl,
    REDIS_PREFIX: redisPrefix,
  }
  const service = await openService({
    config: readConfig(environment),
    dataDir: undefined,
    domain,
    clock,
    random: systemRandomness(),
    logger,
  })
  return closedOnce(service)
}

/** Serves it on a free port until the running test has finished, if it is not closed before. */
export async function serve(
  service: Service,
  settings: Partial<Pick<ServerOptions, 'graphiql' | 'logger' | 'network' | 'observer' | 'pages' | 'openId'>> = {},
): Promise<RunningServer> {
  const { graphiql = false, logger = silent, network = {}, observer, pages, openId } = settings
  const address = { host: '127.0.0.1', port: 0 }
  return closedOnce(
    await startServer(service, { ...address, graphiql, logger, network, observer, openId, ...(pages && { pages }) }),
  )
}

function closedOnce<T extends { close(): Promise<void> }>(opened: T): T {
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= opened.close()
    return closing
  }
  onTestFinished(close)
  return { ...opened, close }
}

/** Clients that can subscribe over a network. */
export const TRANSPORTS: Record<string, (url: string) => GraphQLClient> = {
  'graphql-transport-ws': webSocketClient,
  SSE: sseClient,
}

/** A client that is closed when the running test has finished. */
export function connect<C extends GraphQLClient>(make: (url: string) => C, url: string): C {
  const client = make(url)
  onTestFinished(() => client.close())
  return client
}

/** The GraphQL endpoint of the service with the default settings, to be asked in this process. */
export function endpointOf(service: Service, logger = silent) {
  return makeYoga(service, { logger, gate: makeGate(service, NETWORK_DEFAULTS, { graphiql: false, allowed: undefined }) })
}

/** Asks the service in this process, through everything but the network. */
export function asker(service: Service, logger = silent) {
  const yoga = endpointOf(service, logger)
  return async (query: string, variables?: Variables) => {
    const response = await yoga.fetch('http://in.process/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    return answerOf(await response.json())
  }
}

/** Keeps what is logged, as objects. */
export function keptLog(): { logger: pino.Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  return { logger: makeLogger('debug', { write: (line) => void lines.push(JSON.parse(line)) }), lines }
}
