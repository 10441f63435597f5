import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { schema } from '../schema/schema.ts'
import type { Service } from '../service/service.ts'
import { NETWORK_DEFAULTS, type NetworkSettings } from '../settings/network-settings.ts'
import type { OpenIdClient } from '../settings/openid-settings.ts'
import { MINUTE, SECOND } from '../time-units.ts'
import { EarlyRefusal } from './early-refusal.ts'
import { GraphiqlPage } from './graphiql-page.ts'
import { makeYoga, type YogaServer } from './graphql-endpoint.ts'
import { makeGate, type NetworkGate } from './network-gate.ts'
import { OpenConnections } from './open-connections.ts'
import { readAllowedDocuments } from './persisted-operations.ts'
import { type Readiness, readReadiness } from './readiness.ts'
import { requestAnswerer } from './request-answerer.ts'
import type { ServerObserver } from './server-observer.ts'
import { openWebPages, type PageName } from './web-pages.ts'
import { type ServedSockets, serveWebSocket } from './web-socket-server.ts'

const STOP_DEADLINE_MS = 5000
/**
 * How long a client may take for what it sends. Who sends nothing, or a byte now and then, holds no connection for longer.
 *
 * Between requests, a connection stays open for longer than balancers keep it (60 s on AWS and nginx, 2 min in Caddy), so that they close
 * it, not the server. A server that closes a connection just when a request comes in breaks the request. With the 5 s of Node this
 * happened to events whenever the event loop was busy for seconds: idle connections are closed before what has arrived is read.
 */
const PATIENCE = {
  headersTimeout: 10 * SECOND,
  requestTimeout: 2 * MINUTE,
  keepAliveTimeout: 125 * SECOND,
  connectionsCheckingInterval: 2 * SECOND,
}
/**
 * How long a connection may stay without a byte in either direction while an answer is under way. Event streams send a byte every 12 s. Longer
 * than any operation takes.
 */
const UNREAD_MS = 5 * MINUTE

/** The numbers of connections, requests, streams and sockets that are open at a server now. */
export interface ServerLoad {
  readonly connections: number
  /** HTTP requests that are not answered yet, event streams among them. */
  readonly requests: number
  readonly eventStreams: number
  readonly webSockets: number
}

/** A server that listens, and the steps to stop it: first `drain`, then `close`. */
export interface RunningServer {
  /** URL of the GraphQL endpoint. */
  readonly url: string
  /** Returns the answer of `/ready` at this moment. */
  readiness(): Promise<Readiness>
  /** Returns the numbers of open connections, requests, streams and sockets. */
  load(): ServerLoad
  /**
   * Announces the stop: `/ready` answers 503 from now on, and answers ask to close their connection, so that a balancer sends its
   * requests elsewhere. Everything is still served.
   */
  drain(): void
  /**
   * Stops the server. It takes no new request or operation, answers those that are running within 5 s, ends streams, and closes each
   * WebSocket with 1001 once its operations are answered.
   */
  close(): Promise<void>
}

export interface ServerOptions {
  readonly host: string
  /** 0: a free port. */
  readonly port: number
  readonly graphiql: boolean
  readonly logger: Logger
  /** Settings that differ from the defaults. */
  readonly network?: Partial<NetworkSettings>
  /** Receives the actions of clients. */
  readonly observer?: ServerObserver | undefined
  /** Web pages to show to people; none if absent. */
  readonly pages?: readonly PageName[]
  /** The provider at which readers of the console sign in; none if absent. */
  readonly openId?: OpenIdClient | undefined
}

/**
 * Starts a server for a service: GraphQL over HTTP, server-sent events and WebSocket.
 * @throws Error when the server cannot listen on the host and port
 * @throws LiverankError CONFIGURATION if the file of PERSISTED_OPERATIONS cannot be used
 */
export async function startServer(service: Service, options: ServerOptions): Promise<RunningServer> {
  const { host, port, graphiql, logger, observer } = options
  const network = { ...NETWORK_DEFAULTS, ...options.network }
  const ofPages = { graphiql, compresses: network.COMPRESSION, openId: options.openId }
  const pages = options.pages && (await openWebPages({ shown: options.pages, ...ofPages }))
  const warn = (message: string) => logger.warn(message)
  const allowed = await readAllowedDocuments(network.PERSISTED_OPERATIONS, schema, warn, pages?.operations)
  const gate = makeGate(service, network, { graphiql, allowed, observer })
  let draining = false
  let stopping = false
  const streams = new Set<ServerResponse>()
  const onStream = (response: ServerResponse) => {
    if (stopping) setImmediate(() => response.destroy())
    streams.add(response)
    response.once('close', () => streams.delete(response))
  }
  const yoga = makeYoga(service, { logger, onStream, gate })
  const compresses = gate.compression !== undefined
  const graphiqlPage = graphiql ? new GraphiqlPage(compresses, logger) : undefined
  const readiness = () => readReadiness(service, draining)
  const earlyRefusal = new EarlyRefusal(service.ingest, gate)
  const { authenticator } = service
  const answer = requestAnswerer(yoga, { authenticator, gate, earlyRefusal, graphiql: graphiqlPage, pages, readiness, logger })
  const connections = new OpenConnections(gate.held)
  const server = createServer(PATIENCE, (request, response) => {
    if (draining) response.shouldKeepAlive = false
    response.once('close', () => {
      if (stopping) server.closeIdleConnections()
    })
    connections.answerInTurn(request.socket, response, () => answer(request, response))
  })
  server.maxConnections = network.MAX_CONNECTIONS
  server.setTimeout(UNREAD_MS)
  server.on('drop', () => observer?.limited('connection'))
  limitAddresses(server, gate, logger)
  server.on('connection', (connection) => connections.add(connection))
  const sockets = serveWebSocket(server, yoga, { authenticator, gate, logger })
  const url = await listen(server, host, port)
  const drain = () => {
    draining = true
    connections.askToClose()
  }
  return {
    url,
    readiness,
    load: () => ({
      connections: connections.size,
      requests: connections.waiting,
      eventStreams: streams.size,
      webSockets: sockets.open,
    }),
    drain,
    close: async () => {
      drain()
      stopping = true
      await endConnections({ server, streams, connections, sockets, yoga })
    },
  }
}

/** Closes the connections of an address beyond those that it may have open. Otherwise one client could use up all of the process. */
function limitAddresses(server: Server, { connections, observer, origins }: NetworkGate, logger: Logger): void {
  let isToldOf = false
  server.on('connection', (connection) => {
    const owner = origins.ownerOf(connection)
    if (owner === undefined) return
    const release = connections.open(owner)
    if (release) return void connection.once('close', release)
    observer?.limited('connection')
    connection.destroy()
    if (isToldOf) return
    isToldOf = true
    const advice = 'If it is your proxy, name it in TRUST_PROXY. This is logged only once.'
    logger.warn({ address: owner }, `an address has as many connections open as OPEN_CONNECTIONS_PER_ADDRESS allows. ${advice}`)
  })
}

interface Connected {
  readonly server: Server
  readonly streams: Iterable<ServerResponse>
  readonly connections: OpenConnections
  readonly sockets: ServedSockets
  readonly yoga: YogaServer
}

/** Ends every connection in order, and after the deadline whichever is left. */
async function endConnections({ server, streams, connections, sockets, yoga }: Connected): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const deadline = setTimeout(() => {
    sockets.terminate()
    server.closeAllConnections()
  }, STOP_DEADLINE_MS)
  // Cut, since a stream that is completed tells its client not to come back. An answer to one operation is none of them.
  for (const stream of streams) stream.destroy()
  server.closeIdleConnections()
  connections.closeUnused()
  await sockets.close()
  await yoga.dispose()
  await closed
  clearTimeout(deadline)
}

/** @returns the URL of the API, with the port that the system has given if `port` is 0 */
async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  return `http://${name}:${bound}/graphql`
}
