import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { z } from 'zod'
import { schema } from '../../src/schema/schema.ts'
import { Chance } from '../deterministic/chance.ts'
import type { Findings } from './findings.ts'
import type { FuzzedService } from './fuzzed-service.ts'
import type { HttpClient } from './http-client.ts'
import { defectIn, defectInClose } from './judge-answer.ts'
import { type Operation, operations } from './operations.ts'
import { rawRequests, sendRaw } from './raw-requests.ts'
import { SocketClient } from './socket-client.ts'
import { ITEMS, LearnedTexts, USERS } from './vocabulary.ts'

const HTTP_LANES = 4
const SOCKET_LANES = 3
const RAW_LANES = 1
/** How long an answer may take, in ms: so long again for each erasure, which waits for a pass that runs and then for its own. */
const PATIENCE_MS = 60_000
/** How long a failing operation is made smaller. */
const SHRINK_MS = 5000
const SHRINK_RUNS = 200
/** Seeds of operations are this far apart for neighbouring seeds of runs. */
const OPERATIONS_PER_SEED = 10_000_000

export interface OperationLanesOptions {
  readonly seed: number
  readonly http: HttpClient
  readonly findings: Findings
  readonly service: FuzzedService
}

type Way = 'http' | 'stream' | SocketClient

/** Sends operations until it is stopped, some at once: each is made from its number alone. */
export class OperationLanes {
  readonly #options: OperationLanesOptions
  readonly #operations: fc.Arbitrary<Operation>
  readonly #learned = new LearnedTexts()
  readonly #sockets = Array.from({ length: SOCKET_LANES }, () => new SocketClient())
  readonly #underWay = new Map<number, string>()
  readonly #latest: string[] = []
  #number: number
  #isStopped = false
  #running: Promise<unknown> | undefined

  constructor(options: OperationLanesOptions) {
    this.#options = options
    this.#operations = operations(schema)
    this.#number = options.seed * OPERATIONS_PER_SEED
  }

  get sent(): number {
    return this.#number - this.#options.seed * OPERATIONS_PER_SEED
  }

  start(): void {
    this.#isStopped = false
    this.#running = this.#lanes()
  }

  /** Resolves when all that was sent is answered. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  disconnect(): void {
    for (const socket of this.#sockets) socket.close()
  }

  /** What has no answer now. */
  underWay(): string {
    return [...this.#underWay.values()].map((text) => text.slice(0, 2000)).join('\n')
  }

  latest(): string {
    return this.#latest.map((text) => text.slice(0, 1000)).join('\n')
  }

  /** What is asked of users before and after a restart, without anything in between, must be the same. */
  async compareReads(restart: () => Promise<void>): Promise<void> {
    const before = await this.#read()
    await restart()
    if (!this.#options.service.isRunning) return
    const after = await this.#read()
    const { findings } = this.#options
    Object.entries(before).forEach(([key, answer]) => {
      if (isDeepStrictEqual(answer, after[key])) return
      findings.add({
        kind: 'other answers after a restart',
        detail: `${JSON.stringify(answer)} became ${JSON.stringify(after[key])}`,
      })
    })
  }

  async #lanes(): Promise<void> {
    if (this.sent === 0) await this.#fillCatalogue()
    await Promise.all([
      ...Array.from({ length: HTTP_LANES }, () => this.#lane(() => this.#http())),
      ...this.#sockets.map((socket) => this.#lane((number) => this.#operation(number, socket))),
      ...Array.from({ length: RAW_LANES }, () => this.#lane((number) => this.#raw(number))),
    ])
  }

  async #lane(send: (number: number) => Promise<void>): Promise<void> {
    while (!this.#isStopped && this.#options.service.isRunning) await send(this.#number++)
  }

  #http(): Promise<void> {
    const number = this.#number++
    return this.#operation(number, new Chance(number).happens(0.1) ? 'stream' : 'http')
  }

  async #operation(number: number, way: Way): Promise<void> {
    const [operation] = fc.sample(this.#operations, { seed: number, numRuns: 1 })
    const filled = this.#filledIn(operation)
    const end = this.#begin(number, filled)
    const { findings } = this.#options
    const defect = await this.#defectOf(filled, way)
    end()
    if (defect === undefined || !this.#options.service.isRunning) return
    const finding = { kind: 'an answer', detail: defect, operation: number, sent: bodyOf(filled) }
    if (!findings.isNew(finding)) return
    findings.add({ ...finding, sent: await this.#shrunk(number, way, defect, filled) })
  }

  /** The smallest operation found that has a defect of the same beginning. */
  async #shrunk(seed: number, way: Way, defect: string, operation: Operation): Promise<string> {
    const kind = defect.slice(0, 25)
    let smallest = bodyOf(operation)
    const holds = async (smaller: Operation) => {
      const filled = this.#filledIn(smaller)
      const isSame = (await this.#defectOf(filled, way))?.startsWith(kind) ?? false
      if (isSame && bodyOf(filled).length < smallest.length) smallest = bodyOf(filled)
      return !isSame
    }
    const interruptAfterTimeLimit = SHRINK_MS
    let runs = 0
    const property = fc.asyncProperty(this.#operations, async (smaller) => ++runs > SHRINK_RUNS || (await holds(smaller)))
    await fc.check(property, { seed, numRuns: 1, interruptAfterTimeLimit })
    return smallest
  }

  #filledIn({ type, document, variables }: Operation): Operation {
    return { type, document: this.#learned.fillIn(document), variables: this.#learned.fillIn(variables) }
  }

  #begin(number: number, operation: Operation): () => void {
    const text = `${number}: ${bodyOf(operation)}`
    this.#underWay.set(number, text)
    this.#latest.unshift(text)
    this.#latest.splice(10)
    return () => void this.#underWay.delete(number)
  }

  async #defectOf(operation: Operation, way: Way): Promise<string | undefined> {
    const { service, http } = this.#options
    const patienceMs = PATIENCE_MS * operation.document.split('eraseUser(').length
    if (way instanceof SocketClient) {
      const { payloads, failure, code } = await way.ask(service.url, operation, patienceMs)
      for (const payload of payloads) this.#learned.learn(payload)
      if (failure === 'no answer') return failure
      if (code !== undefined && service.isRunning && defectInClose(code)) return failure
      return payloads.map(defectIn).find((defect) => defect !== undefined)
    }
    const isStream = way === 'stream' || operation.type === 'subscription'
    const came = isStream
      ? await http.beginning(service.url, bodyOf(operation), patienceMs)
      : await http.post(service.url, bodyOf(operation), patienceMs)
    if ('failure' in came) return came.failure === 'no answer' ? came.failure : undefined
    if (came.status >= 500 && came.status !== 503) return `status ${came.status}: ${came.text.slice(0, 300)}`
    const json = isStream ? /^data: (\{.*)$/m.exec(came.text)?.[1] : came.text
    if (json === undefined || !json.startsWith('{')) return undefined
    const payload: unknown = JSON.parse(json)
    this.#learned.learn(payload)
    return defectIn(payload)
  }

  async #raw(number: number): Promise<void> {
    const [request] = fc.sample(rawRequests, { seed: number, numRuns: 1 })
    const { service, findings } = this.#options
    const answer = await sendRaw(request, service.url)
    const [, status] = /^HTTP\/1\.1 (5\d\d)/.exec(answer) ?? []
    if (status === undefined || status === '503' || status === '501') return
    findings.add({
      kind: `a raw request (${request.name})`,
      detail: answer.slice(0, 500),
      operation: number,
      sent: request.pieces.join(''),
    })
  }

  async #fillCatalogue(): Promise<void> {
    const { service, http } = this.#options
    const input = ITEMS.map((itemId, n) => ({
      itemId,
      attributes: { category: n % 2 === 0 ? 'shoes' : ['hats', 'tops'], brand: `b${n % 3}`, price: 5 + n, title: `Item ${n}` },
    }))
    const query =
      'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted } } }'
    await http.post(service.url, JSON.stringify({ query, variables: { input } }), PATIENCE_MS)
  }

  async #read(): Promise<Record<string, unknown>> {
    const { service, http } = this.#options
    const query =
      'query ($u: ID!) { user(userId: $u) { version attributes events(first: 100) { edges { node { eventId timestamp eventAttributes } } } } }'
    const answers: Record<string, unknown> = {}
    for (const user of USERS) {
      const came = await http.post(service.url, JSON.stringify({ query, variables: { u: user } }), PATIENCE_MS)
      answers[user] = z.unknown().parse('failure' in came ? came.failure : JSON.parse(came.text))
    }
    return answers
  }
}

function bodyOf({ document, variables }: Operation): string {
  return `{"query":${JSON.stringify(document)},"variables":${variables}}`
}
