import { COMMAND_LINE } from '../auth/audit-entry.ts'
import { createKey as createKeyOf, revokeKey as revokeKeyOf } from '../auth/audited-keys.ts'
import type { KeyOnRecord, KeyRole } from '../auth/key-record.ts'
import { wallClock } from '../clock.ts'
import { InvalidInputError, LiverankError, NotFoundError } from '../errors.ts'
import { makeLogger } from '../logging/logger.ts'
import { readConfig } from '../service/config.ts'
import { openFromSettings } from '../service/open-from-settings.ts'
import type { Service } from '../service/service.ts'
import { askService } from './ask-service.ts'

/** A key as the commands print it. */
interface ListedKey {
  readonly keyId: string
  readonly name: string
  readonly role: string
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly revokedAt: string | null
}

interface KeyPage {
  readonly keys: {
    readonly edges: readonly { readonly node: ListedKey }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

const KEY = 'keyId name role createdAt lastUsedAt revokedAt'

/**
 * Creates a key and prints it on standard output.
 * @param url address of a running service; undefined to open the store that the settings name
 * @throws InvalidInputError if the name cannot be used
 */
export async function createKey(role: KeyRole, name: string, url: string | undefined): Promise<void> {
  if (url !== undefined) {
    const query = `mutation ($name: String!, $role: KeyRole!) { createKey(input: { name: $name, role: $role }) { ... on CreateKeyPayload { secret key { ${KEY} } } ... on Error { message } } }`
    const variables = { name, role: role.toUpperCase() }
    const { createKey } = await askService<{ createKey: { secret: string; key: ListedKey } | { message: string } }>(
      url,
      query,
      variables,
    )
    if ('message' in createKey) throw new InvalidInputError(createKey.message)
    return printNew(createKey.secret, createKey.key)
  }
  await withService(async (service) => {
    const { key, text } = await createKeyOf(service, COMMAND_LINE, role, name)
    printNew(text, listed(key))
  })
}

/** Prints the keys on standard output, one JSON object a line. */
export async function listKeys(url: string | undefined): Promise<void> {
  const print = (keys: readonly ListedKey[]) => {
    for (const key of keys) console.log(JSON.stringify(key))
  }
  if (url !== undefined) return print(await keysOf(url))
  await withService(async ({ keys }) => print(keys.record.keys.map(listed)))
}

/** Reads the keys of a running service, page by page. */
async function keysOf(url: string): Promise<ListedKey[]> {
  const query = `query ($after: String) { keys(first: 500, after: $after) { edges { node { ${KEY} } } pageInfo { hasNextPage endCursor } } }`
  const found: ListedKey[] = []
  let after: string | null = null
  do {
    const { keys }: KeyPage = await askService<KeyPage>(url, query, { after })
    found.push(...keys.edges.map(({ node }) => node))
    after = keys.pageInfo.hasNextPage ? keys.pageInfo.endCursor : null
  } while (after !== null)
  return found
}

/** @throws InvalidInputError if no key has the id */
export async function revokeKey(id: string, url: string | undefined): Promise<void> {
  if (url === undefined) await withService((service) => revokeInStore(service, id))
  else {
    const query = `mutation ($keyId: ID!) { revokeKey(input: { keyId: $keyId }) { ... on RevokeKeyPayload { key { keyId } } ... on Error { message } } }`
    const { revokeKey } = await askService<{ revokeKey: { message?: string } }>(url, query, { keyId: id })
    if (revokeKey.message !== undefined) throw new InvalidInputError(revokeKey.message)
  }
  console.error(`The key ${id} is revoked.`)
}

async function revokeInStore(service: Service, id: string): Promise<void> {
  try {
    await revokeKeyOf(service, COMMAND_LINE, id)
  } catch (error) {
    throw error instanceof NotFoundError ? new InvalidInputError(error.message) : error
  }
}

function printNew(secret: string, { keyId, role }: ListedKey): void {
  console.error(
    `Key ${keyId} with the role ${role.toLowerCase()}. Keep the following secret in a safe place: the service cannot show it again.`,
  )
  console.log(secret)
}

function listed({ id, name, role, createdAt, lastUsedAt, revokedAt }: KeyOnRecord): ListedKey {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
  return {
    keyId: id,
    name,
    role: role.toUpperCase(),
    createdAt: time(createdAt)!,
    lastUsedAt: time(lastUsedAt),
    revokedAt: time(revokedAt),
  }
}

/** Opens the store that the settings name, without a model and without a port. */
async function withService(work: (service: Service) => Promise<void>): Promise<void> {
  const config = { ...readConfig(process.env), MODEL: '' }
  const logger = makeLogger('warn', process.stderr)
  const service = await openFromSettings(config, { clock: wallClock(), logger }).catch((error: unknown) => {
    if (!(error instanceof LiverankError) || !error.message.includes('in use')) throw error
    throw new LiverankError(error.code, `${error.message} To change its keys while it runs, pass --url.`, { cause: error })
  })
  try {
    await work(service)
  } finally {
    await service.close()
  }
}
