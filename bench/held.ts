import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { SignJWT } from 'jose'
import { RECOMMENDATIONS, RECORD_EVENTS, UPSERT_ITEMS } from '../lab/client/answers.ts'
import { type OwnServer, startOwnServer } from '../lab/replay/own-server.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { NETWORK_DEFAULTS } from '../src/settings/network-settings.ts'
import { Attacker } from './support/attacker.ts'
import { SERVE_OPTIONS, serveArguments } from './support/built-service.ts'
import { collectedHeap, TELLS_HEAP } from './support/collected-heap.ts'
import { numberOption } from './support/command-options.ts'
import { Figures } from './support/figures.ts'
import { HELD_ATTACKS, type HeldAttack } from './support/held-attacks.ts'
import { postOperation } from './support/post-operation.ts'
import { residentMemory } from './support/process-usage.ts'
import { tellingEnvironment } from './support/told-by-process.ts'

const USAGE = `liverank bench held [--cases PATTERN] [--semi-space MB] [--old-space MB] [--limit MB]

Memory that one address can make the service hold (npm run build first). A service with the embedded store and default settings is warmed
with events and slates until its resident memory rises no more. Then each attack comes from an address of its own, behind a proxy of this
machine, with the tokens of as many devices as it needs. --cases selects the attacks whose names match the regular expression. --semi-space
is the size of V8's young generation in MiB (64, as npm run serve sets it; 0: as V8 sets it), --old-space that of the old one (0), and
--limit is UNREAD_MB_PER_ADDRESS (its default; 0: no limit).
`

const figures = new Figures('held', {
  heldMb: 'heap and buffers that the attack holds, without garbage, MiB: more than before it',
  mostResidentMb: 'resident memory at most while the attack goes on, MiB: more than before it',
  residentMb: 'resident memory held at the end of the attack, MiB: more than before it',
  afterMb: 'heap and buffers that are left once its connections are closed, MiB: more than before it',
  afterResidentMb: 'resident memory that is left then, MiB: more than before it',
  connections: 'connections that are open at the end',
  closed: 'connections that the service has closed',
  errors: 'answers that came with errors: an attack that gets nothing else shows nothing',
  seconds: 'how long the attack took',
  totalMb: 'resident memory of the warm service, MiB',
  atMost: 'targets by key',
})

const SECRET = 'a secret of a benchmark, of more than 32 bytes'
const MB = 2 ** 20
/** No attack takes longer, in ms. */
const MOST_MS = 60_000
/** What V8 and the service free by themselves, they have freed after this time, in ms. */
const CALM_MS = 3000
/** The service is warm once this many rounds raise its resident memory by less than a hundredth. */
const [CALM_ROUNDS, MOST_ROUNDS] = [4, 40]
const [ITEMS, USERS] = [500, 20_000]

export default async function held(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      cases: { type: 'string', default: '' },
      'semi-space': { type: 'string', default: '64' },
      'old-space': { type: 'string', default: '0' },
      limit: { type: 'string', default: String(NETWORK_DEFAULTS.UNREAD_MB_PER_ADDRESS) },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const semiSpace = numberOption('semi-space', values['semi-space'], 0, 256)
  const oldSpace = numberOption('old-space', values['old-space'], 0, 65_536)
  const limit = numberOption('limit', values.limit, 0, 65_536)
  const attacks = HELD_ATTACKS.filter(({ name }) => new RegExp(values.cases).test(name))
  await withScratchFolder('held', async (folder) => {
    const settings = {
      CLOCK: 'wall',
      EXPLORATION: '1',
      JWT_SECRET: SECRET,
      TRUST_PROXY: 'loopback',
      DATA_DIR: folder,
      UNREAD_MB_PER_ADDRESS: String(limit),
    }
    // 0: that of V8.
    const sizes = { 'max-semi-space-size': semiSpace, 'max-old-space-size': oldSpace }
    const options = Object.entries(sizes).flatMap(([name, size]) => (size === 0 ? [] : [`--${name}=${size}`]))
    const program = serveArguments().slice(SERVE_OPTIONS.length)
    const server = await startOwnServer({ ...settings, ...tellingEnvironment(folder) }, [...options, ...TELLS_HEAP, ...program])
    try {
      await warm(server)
      figures.print({ case: 'warm service', totalMb: residentMemory(server.pid) / MB })
      for (const [n, attack] of attacks.entries()) await measure(server, folder, attack, `203.0.113.${n + 1}`)
    } finally {
      await server.stop()
    }
  })
}

const httpUrl = ({ url }: OwnServer) => url.replace(/^ws/, 'http')

/** Sends events and asks for slates, of ever more users, until the resident memory rises no more. */
async function warm(server: OwnServer): Promise<void> {
  const url = httpUrl(server)
  const signed = new SignJWT({ role: 'backend' }).setProtectedHeader({ alg: 'HS256' }).setSubject('warm').setExpirationTime('1h')
  const credential = await signed.sign(new TextEncoder().encode(SECRET))
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const items = Array.from({ length: ITEMS }, (_, i) => ({
    itemId: `item-${i}`,
    attributes: { title: `Item ${i} ${'x'.repeat(2000)}`, category: `c${i % 20}` },
  }))
  await postOperation(url, UPSERT_ITEMS, { input: items }, { agent, credential })
  let [most, calm, next] = [0, 0, 0]
  for (let round = 0; round < MOST_ROUNDS && calm < CALM_ROUNDS; round++) {
    const requests = Array.from({ length: 200 }, async () => {
      const n = next++
      const input = Array.from({ length: 20 }, (_, i) => ({
        userId: `user-${(n * 20 + i) % USERS}`,
        itemId: `item-${(n * 7 + i) % ITEMS}`,
        eventType: 'view',
      }))
      await postOperation(url, RECORD_EVENTS, { input }, { agent, credential })
      const request = { userId: `user-${n % USERS}`, first: 50 }
      await postOperation(url, RECOMMENDATIONS, { input: request }, { agent, credential })
    })
    await Promise.all(requests)
    const resident = residentMemory(server.pid)
    calm = resident > 1.01 * most ? 0 : calm + 1
    most = Math.max(most, resident)
  }
  agent.destroy()
  await setTimeout(CALM_MS)
}

async function measure(server: OwnServer, folder: string, attack: HeldAttack, address: string): Promise<void> {
  const { pid } = server
  const memory = async () => {
    const { heapUsed, external } = await collectedHeap(pid, folder)
    return { held: heapUsed + external, resident: residentMemory(pid) }
  }
  const before = await memory()
  const attacker = new Attacker(httpUrl(server), SECRET, address)
  let mostResident = before.resident
  const watch = setInterval(() => {
    mostResident = Math.max(mostResident, residentMemory(pid))
  }, 100)
  const began = performance.now()
  await Promise.race([attack.begin(attacker), setTimeout(MOST_MS, undefined, { ref: false })])
  const seconds = (performance.now() - began) / 1000
  await setTimeout(CALM_MS)
  const during = await memory()
  clearInterval(watch)
  const [connections, closed] = [attacker.open, attacker.refused()]
  attacker.end()
  await setTimeout(CALM_MS)
  const after = await memory()
  figures.print({
    case: attack.name,
    heldMb: (during.held - before.held) / MB,
    mostResidentMb: (mostResident - before.resident) / MB,
    residentMb: (during.resident - before.resident) / MB,
    afterMb: (after.held - before.held) / MB,
    afterResidentMb: (after.resident - before.resident) / MB,
    connections,
    closed,
    errors: attacker.errors,
    seconds,
    atMost: { heldMb: 100, mostResidentMb: 100 },
  })
}
