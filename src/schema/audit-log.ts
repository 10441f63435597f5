import { resolveCursorConnection } from '@pothos/plugin-relay'
import {
  AUDIT_ACTIONS,
  type AuditEntry as AuditEntryModel,
  type AuditOutcome as AuditOutcomeModel,
  userHash,
} from '../auth/audit-entry.ts'
import { LiverankError } from '../errors.ts'
import type { JsonObject } from '../state/user-value.ts'
import { Role } from './api-key.ts'
import { builder } from './builder.ts'
import { pageSizes, withoutEmptyCursors } from './pages.ts'

const MAX_PAGE = 500

const AuditAction = builder.enumType('AuditAction', {
  description: 'Kind of an action in the audit log, which lists what operators did, such as erasures.',
  values: Object.fromEntries(
    AUDIT_ACTIONS.map((action) => [
      action,
      { description: `Somebody called the mutation \`${camelCase(action)}\`, or ran a command that does the same.` },
    ]),
  ) as Record<(typeof AUDIT_ACTIONS)[number], { description: string }>,
})

function camelCase(action: string): string {
  return action.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}

const AuditOutcome = builder.enumType('AuditOutcome', {
  description: 'How an action of an operator ended, as the audit log shows it.',
  values: {
    DONE: { description: 'The action was done.' },
    REFUSED: {
      description:
        'Nothing was done, because the model or the key does not exist, or because the model does not fit the service.',
    },
    UNKNOWN: {
      description:
        'The action is still running. Or the service does not know how it ended, because a process ended or the store did not answer. Check whether the change was made.',
    },
  } as const satisfies Record<AuditOutcomeModel, { description: string }>,
})

const AuditEntry = builder.objectRef<AuditEntryModel>('AuditEntry').implement({
  description: 'An entry of the audit log: one thing that an admin, a server (role `backend`) or a command of `liverank` did.',
  fields: (t) => ({
    sequence: t.exposeInt('sequence', { description: 'Number of the entry, from 0. It rises by 1 with each entry.' }),
    at: t.field({ type: 'DateTime', description: 'Time of the action.', resolve: ({ at }) => new Date(at) }),
    role: t.expose('role', { type: Role, description: 'The role of the caller.' }),
    keyId: t.id({
      nullable: true,
      description: 'Id of the static key that the caller sent. Null if the caller sent a token, or nothing.',
      resolve: ({ keyId }) => keyId,
    }),
    subject: t.string({
      nullable: true,
      description:
        "Who did the action, as the claim `sub` (subject) of the caller's token says. If somebody ran a command of `liverank`, it is `command`. Null for other callers without a token.",
      resolve: ({ subject }) => subject,
    }),
    action: t.expose('action', { type: AuditAction, description: 'What was done, such as `SET_RULES`.' }),
    target: t.string({
      nullable: true,
      description:
        'What the action changed: the name of a surface or model, the id of a key, or a hash of a user id. A user is named by a hash, so that nothing remains of an erased person. Null if the action changed the rules that apply to all surfaces.',
      resolve: ({ target }) => target,
    }),
    outcome: t.expose('outcome', {
      type: AuditOutcome,
      description: 'Whether the action was done (`DONE`) or refused (`REFUSED`). `UNKNOWN` if its result is not known.',
    }),
    stateBefore: t.field({
      type: 'JSONObject',
      nullable: true,
      description:
        'What the target was before the action, such as the former rules. Null if it did not exist, or if the outcome is not `DONE`. If it has more than 8 KB, the field has only its size and its SHA-256 hash.',
      resolve: ({ before }) => before as JsonObject | null,
    }),
    stateAfter: t.field({
      type: 'JSONObject',
      nullable: true,
      description:
        'What the target was after the action, such as the new rules. Null if it no longer exists, or if the outcome is not `DONE`. If it has more than 8 KB, the field has only its size and its SHA-256 hash.',
      resolve: ({ after }) => after as JsonObject | null,
    }),
  }),
})

const AuditEdge = builder.edgeObject({ type: AuditEntry, name: 'AuditLogEdge' })
const AuditConnection = builder.connectionObject({ type: AuditEntry, name: 'AuditLogConnection' }, AuditEdge)

/** @throws LiverankError BAD_USER_INPUT if the text is not a cursor of the audit log */
function sequenceOf(cursor: string): number {
  const [, sequence] = /^audit:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (sequence === undefined)
    throw new LiverankError('BAD_USER_INPUT', `Invalid cursor ${cursor}: pass a cursor that this query returned.`)
  return Number(sequence)
}

builder.queryField('auditLog', (t) =>
  t.connection(
    {
      type: AuditEntry,
      nullable: true,
      description:
        'The audit log: what operators (role admin), servers (role backend) and commands of `liverank` did to rules, models, keys and users, latest first. The store keeps the latest 10,000 merges and the latest 10,000 other entries. Older entries are only in the log of events.',
      args: {
        action: t.arg({ type: AuditAction, description: 'Only entries with this action.' }),
        userId: t.arg.id({
          description:
            'Only entries about this user. The audit log holds hashes of user ids, so the service looks for the hash of this id.',
        }),
      },
      complexity: ({ first, last }) => ({ field: 5000, multiplier: first ?? last ?? 20 }),
      resolve: async (_, { first, last, after, before, action, userId }, { service }) => {
        const target = userId == null ? undefined : userHash(userId)
        const wanted = (await service.audit.read()).filter(
          (entry) => (action == null || entry.action === action) && (target === undefined || entry.target === target),
        )
        const page = await resolveCursorConnection<AuditEntryModel[]>(
          {
            args: pageSizes({ first, last, after, before }),
            defaultSize: 20,
            maxSize: MAX_PAGE,
            toCursor: ({ sequence }) => Buffer.from(`audit:${sequence}`).toString('base64url'),
          },
          ({ before, after, limit, inverted }) => {
            const below = after === undefined ? Number.POSITIVE_INFINITY : sequenceOf(after)
            const above = before === undefined ? -1 : sequenceOf(before)
            const between = wanted.filter(({ sequence }) => sequence < below && sequence > above)
            return inverted ? between.reverse().slice(0, limit) : between.slice(0, limit)
          },
        )
        return withoutEmptyCursors(page)
      },
    },
    AuditConnection,
    AuditEdge,
  ),
)
