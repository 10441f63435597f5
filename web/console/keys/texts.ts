import type { KeyRole } from '../../generated/console-keys.ts'

/** Texts of the section Keys and audit. */
export const texts = {
  title: 'Keys and audit',
  lead: 'Who may call the service, and who changed what.',
  denied: 'Only the role admin may read keys and the audit log',
  deniedAdvice: 'Sign in with a key or token of this role.',
  keys: {
    title: 'Keys',
    empty: 'There are no keys.',
    emptyAdvice:
      'As long as there is no key, and no setting for tokens, every caller is admin. After you create the first key, the service asks everybody for a key or token.',
    columns: { name: 'Name', role: 'Role', keyId: 'Id', created: 'Created', used: 'Last used', state: 'State' },
    valid: 'valid',
    revoked: 'revoked',
    never: 'never',
  },
  create: {
    name: 'Name of the key',
    role: 'Role',
    action: 'Create …',
    title: (name: string) => `Create the key ${name}?`,
    what: (role: string) => `Whoever has this key may do what the role ${role} may do, until you revoke it.`,
    first: 'This is the first key. From now on, the service asks every caller for a key or token, this page included.',
    confirm: 'Create',
    made: (name: string) => `The key ${name}`,
    once: 'Copy the key now. The service shows it this one time.',
    copy: 'Copy the key',
    done: 'I have copied it',
  },
  revoke: {
    action: 'Revoke …',
    title: (name: string) => `Revoke the key ${name}?`,
    what: 'Callers with this key are refused from now on, within two seconds in every process. This cannot be taken back.',
    confirm: 'Revoke',
  },
  roles: {
    ANALYST: 'analyst (reads)',
    BACKEND: 'backend (records and uploads)',
    ADMIN: 'admin (everything)',
  } satisfies Record<KeyRole, string>,
  audit: {
    title: 'Audit log',
    note: 'What operators and servers did, latest first.',
    empty: 'Nobody has changed rules, models or keys yet.',
    columns: { at: 'Time', action: 'Action', outcome: 'Outcome', who: 'Who', target: 'What', change: 'Before and after' },
    all: 'all pages',
    show: 'Show',
    before: 'Before',
    after: 'After',
    key: (keyId: string) => `key ${keyId}`,
  },
} as const
