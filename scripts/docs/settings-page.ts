import { z } from 'zod'
import { settings } from '../../src/config.ts'
import { page, table } from './markdown.ts'

const documented = z.object({ description: z.string(), range: z.string() })

/** docs/reference/settings.md. @throws when a setting has no description or no range */
export function settingsPage(): string {
  const rows = Object.entries(settings.shape).map(([name, schema]) => {
    const { description, range } = documented.parse(schema.meta())
    return [`\`${name}\``, defaultOf(schema), description, range]
  })
  return page(
    'src/config.ts',
    '# Settings',
    'This page lists all settings of the service. Settings are environment variables. The service checks all settings together when it starts. If some are wrong, the service names them and exits with code 78.\n\nIn the table, *Unset* says what the service does if you do not set the variable, and the last column says which values are allowed. A *slate* is a list of recommended items. The *embedded store* is the memory of the process, with files on disk. The service uses it if `REDIS_URL` is unset. The [glossary](../concepts/glossary.md) explains the other terms of this project.',
    table(['setting', 'default', 'meaning', 'allowed values'], rows),
    '[Memory, disk and Redis](operations.md) says how much memory and disk the service needs. [Durability](../concepts/durability.md) says which data can be lost with which settings.',
  )
}

function defaultOf(schema: z.ZodType): string {
  const value = schema.parse(undefined)
  if (value === undefined) return 'unset'
  return `\`${typeof value === 'boolean' ? Number(value) : String(value)}\``
}
