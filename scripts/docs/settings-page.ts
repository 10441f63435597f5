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
    'Set these as environment variables. The service checks all of them together at the start. If any is wrong, the service names it and exits with code 78. The [glossary](../concepts/glossary.md) explains the terms.',
    table(['setting', 'default', 'meaning', 'values'], rows),
    'See [memory, disk and Redis](operations.md) for what a deployment needs, and [durability](../concepts/durability.md) for what can be lost.',
  )
}

function defaultOf(schema: z.ZodType): string {
  const value = schema.parse(undefined)
  if (value === undefined) return 'unset'
  return `\`${typeof value === 'boolean' ? Number(value) : String(value)}\``
}
