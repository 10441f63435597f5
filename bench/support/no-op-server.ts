import '../../src/commands/production-mode.ts'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buildSchema, type GraphQLFieldResolver } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { GRAPHQL_PATH } from '../../src/server/graphql-endpoint.ts'

interface SentEvents {
  readonly input: { readonly events: readonly { readonly eventId: string }[] }
}

/** Mutations that do nothing, and answer as those of the service do. */
const NO_OPS: Readonly<Record<string, GraphQLFieldResolver<unknown, unknown>>> = {
  recordEvent: () => ({ __typename: 'RecordEventPayload', duplicate: false, userVersion: 1 }),
  recordEvents: (_, { input: { events } }: SentEvents) => ({
    __typename: 'RecordEventsPayload',
    ...{ recorded: events.length, duplicates: 0, rejected: 0, unavailable: 0 },
    results: events.map(({ eventId }, index) => ({ index, eventId, status: 'RECORDED', userVersion: 1 })),
  }),
}

/** The program of a server of Yoga alone, with the schema of the service. Logs where it serves as the service does. */
function run(): void {
  const schema = buildSchema(readFileSync(join(PACKAGE_ROOT, 'schema.graphql'), 'utf8'))
  const fields = schema.getMutationType()!.getFields()
  for (const [name, resolve] of Object.entries(NO_OPS)) fields[name].resolve = resolve
  // As the service has it: without the limit of Yoga for bodies.
  const yoga = createYoga({
    schema,
    maxRequestBodySize: false,
    landingPage: false,
    graphiql: false,
    cors: false,
    logging: 'error',
  })
  const server = createServer((request, response) => void yoga(request, response))
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    console.log(JSON.stringify({ msg: 'serving', url: `http://127.0.0.1:${port}${GRAPHQL_PATH}` }))
  })
  process.on('SIGTERM', () => process.exit())
}

run()
