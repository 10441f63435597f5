import { createKey, revokeKey } from '../auth/audited-keys.ts'
import type { KEY_ROLES, KeyOnRecord } from '../auth/key-record.ts'
import type { ROLES } from '../auth/principal.ts'
import { InvalidInputError } from '../errors.ts'
import { builder } from './builder.ts'
import { NotFound, orError, resultType } from './error.ts'
import { keyIdOf } from './node-id.ts'
import { pageOf } from './pages.ts'

const ROLE_DESCRIPTIONS = {
  device: 'An app or a web page of one user.',
  backend: 'A server that records events, asks for slates and uploads data, for any user.',
  analyst:
    'An analyst, who may try out rules in a preview. An analyst may read everything except keys, the audit log and exports of the data of a person.',
  admin: 'An operator, who may do everything.',
} as const

const KeyRole = builder.enumType('KeyRole', {
  description: 'What a caller with a static key may do. A static key belongs to no user, so it cannot have the role `DEVICE`.',
  values: {
    BACKEND: { value: 'backend', description: ROLE_DESCRIPTIONS.backend },
    ANALYST: { value: 'analyst', description: ROLE_DESCRIPTIONS.analyst },
    ADMIN: { value: 'admin', description: ROLE_DESCRIPTIONS.admin },
  } as const satisfies Record<string, { value: (typeof KEY_ROLES)[number]; description: string }>,
})

export const Role = builder.enumType('Role', {
  description: 'What a caller may do. The reference page on access says which role may use which field.',
  values: {
    DEVICE: { value: 'device', description: ROLE_DESCRIPTIONS.device },
    BACKEND: { value: 'backend', description: ROLE_DESCRIPTIONS.backend },
    ANALYST: { value: 'analyst', description: ROLE_DESCRIPTIONS.analyst },
    ADMIN: { value: 'admin', description: ROLE_DESCRIPTIONS.admin },
  } as const satisfies Record<string, { value: (typeof ROLES)[number]; description: string }>,
})

const ApiKey = builder.objectRef<KeyOnRecord>('ApiKey')
builder.node(ApiKey, {
  description:
    'A static key, by which a caller, such as a server, proves who it is. These fields describe the key. They do not contain its secret part.',
  id: { resolve: ({ id }) => id },
  isTypeOf: (key) => typeof key === 'object' && key !== null && 'revokedAt' in key,
  loadOne: (keyId, { service }) => service.keys.record.keys.find(({ id }) => id === keyId) ?? null,
  fields: (t) => ({
    keyId: t.exposeID('id', { description: 'Id of the key, which is not secret. A key has the form `lrk_<id>_<secret>`.' }),
    name: t.exposeString('name', { description: 'Name that the operator gave the key.' }),
    role: t.expose('role', { type: KeyRole, description: 'What a caller with this key may do.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the key was created.',
      resolve: ({ createdAt }) => new Date(createdAt),
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When a caller last used the key. A use may appear here up to two minutes late. Null before the first use.',
      resolve: ({ lastUsedAt }) => (lastUsedAt === null ? null : new Date(lastUsedAt)),
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the key was revoked. Null if it is still valid.',
      resolve: ({ revokedAt }) => (revokedAt === null ? null : new Date(revokedAt)),
    }),
  }),
})

const CreateKeyPayload = builder.objectRef<{ readonly key: KeyOnRecord; readonly text: string }>('CreateKeyPayload').implement({
  description: 'The result of `createKey`: a new static key, by which a caller, such as a server, proves who it is.',
  fields: (t) => ({
    key: t.field({
      type: ApiKey,
      description: 'The new key, without its secret part.',
      resolve: ({ key }) => key,
    }),
    secret: t.exposeString('text', {
      description:
        'The whole key, with its secret part. Callers send it in a header: `Authorization: Bearer <key>`. The service shows it only in this answer.',
    }),
  }),
})

const RevokeKeyPayload = builder.objectRef<{ readonly key: KeyOnRecord }>('RevokeKeyPayload').implement({
  description: 'A revoked key.',
  fields: (t) => ({ key: t.field({ type: ApiKey, description: 'The key.', resolve: ({ key }) => key }) }),
})

const CreateKeyResult = resultType('CreateKey', CreateKeyPayload)
const RevokeKeyResult = resultType('RevokeKey', RevokeKeyPayload, [NotFound])

const ApiKeyEdge = builder.edgeObject({ type: ApiKey, name: 'ApiKeyEdge' })
const ApiKeyConnection = builder.connectionObject({ type: ApiKey, name: 'ApiKeyConnection' }, ApiKeyEdge)

builder.queryField('keys', (t) =>
  t.connection(
    {
      type: ApiKey,
      nullable: true,
      description:
        'The keys by which servers prove who they are, oldest first: all valid keys, and the last 100 revoked keys. The secret part of a key is not included.',
      complexity: ({ first, last }) => ({ field: 10, multiplier: first ?? last ?? 20 }),
      resolve: (_, args, { service }) => pageOf(service.keys.record.keys, args, ({ id }) => id),
    },
    ApiKeyConnection,
    ApiKeyEdge,
  ),
)

const CreateKeyInput = builder.inputType('CreateKeyInput', {
  description: 'The key that the mutation creates.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What you call the key: 1 to 128 characters.' }),
    role: t.field({ type: KeyRole, required: true, description: 'What a caller with this key may do.' }),
  }),
})

const RevokeKeyInput = builder.inputType('RevokeKeyInput', {
  description: 'The key that the mutation revokes.',
  fields: (t) => ({ keyId: t.id({ required: true, description: 'The `keyId` or the `id` of the key, as `keys` lists it.' }) }),
})

builder.mutationFields((t) => ({
  createKey: t.field({
    type: CreateKeyResult,
    nullable: true,
    description:
      'Creates a key, a secret by which a server proves who it is. Once there is a key, every caller must show a key or a token. At most 1,000 keys can be valid at the same time.',
    args: { input: t.arg({ type: CreateKeyInput, required: true, description: 'Name and role of the key.' }) },
    complexity: 1000,
    resolve: (_, { input: { name, role } }, { service, principal }) => orError(() => createKey(service, principal, role, name)),
  }),
  revokeKey: t.field({
    type: RevokeKeyResult,
    nullable: true,
    description:
      'Revokes a static key, for ever. Every process refuses it within seconds, and ends the streams and sockets that were opened with it.',
    args: { input: t.arg({ type: RevokeKeyInput, required: true, description: 'The key.' }) },
    complexity: 1000,
    resolve: (_, { input: { keyId } }, { service, principal }) =>
      orError(async () => ({ key: await revokeKey(service, principal, keyIdOf(keyId)) })),
  }),
}))

interface Renewed {
  readonly role: (typeof ROLES)[number]
  readonly userId: string | undefined
  readonly expiresAt: number | undefined
}

const RenewTokenPayload = builder.objectRef<Renewed>('RenewTokenPayload').implement({
  description:
    'The result of `renewToken`, which replaces the token of an open WebSocket: what the new token says about the caller.',
  fields: (t) => ({
    role: t.expose('role', { type: Role, description: 'The role of the caller. It is the same as before.' }),
    userId: t.id({
      nullable: true,
      description: 'Id of the user, if the caller has the role `DEVICE` (an app or web page of one user). Null for other roles.',
      resolve: ({ userId }) => userId,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the new token expires. Null if the caller sent a static key instead of a token, because keys do not expire.',
      resolve: ({ expiresAt }) => (expiresAt === undefined ? null : new Date(expiresAt)),
    }),
  }),
})

const RenewTokenResult = resultType('RenewToken', RenewTokenPayload)

const RenewTokenInput = builder.inputType('RenewTokenInput', {
  description: 'The token that replaces the one of the WebSocket.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'The new token or key, without the word `Bearer`.' }),
  }),
})

builder.mutationField('renewToken', (t) =>
  t.field({
    type: RenewTokenResult,
    nullable: true,
    description:
      'Replaces the token of this WebSocket, so that its subscriptions go on after the former token expires. The new token must have the same role and user. The service refuses this mutation over HTTP and server-sent events, where each request has its own token.',
    args: { input: t.arg({ type: RenewTokenInput, required: true, description: 'The new token.' }) },
    complexity: 100,
    resolve: (_, { input: { token } }, { renewToken }) =>
      orError(() => {
        if (renewToken) return renewToken(token)
        const message = 'Only a WebSocket can renew its token: send the new token with your next request.'
        throw new InvalidInputError(message, 'token')
      }),
  }),
)
