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
    'This page lists all settings of the service. Set them as environment variables. The service checks all of them together when it starts. If some are wrong, the service names them and exits with code 78. In the table, *Unset* says what holds if you do not set the variable. The [glossary](../concepts/glossary.md) explains the terms of this project, such as *slate* and *candidate*.',
    table(['setting', 'default', 'meaning', 'values'], rows),
    '[Memory, disk and Redis](operations.md) says what a deployment needs, and [durability](../concepts/durability.md) says which data can be lost.',
  )
}

function defaultOf(schema: z.ZodType): string {
  const value = schema.parse(undefined)
  if (value === undefined) return 'unset'
  return `\`${typeof value === 'boolean' ? Number(value) : String(value)}\``
}
