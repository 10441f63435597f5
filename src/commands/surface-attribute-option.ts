import { Option } from 'commander'

/** Defines the option `--surface-attribute`, for logs of other systems. @param where ends in a colon and a space; empty if the command reads no other logs */
export function surfaceAttributeOption(where = ''): Option {
  return new Option(
    '--surface-attribute <name>',
    `${where}an event without eventAttributes.surface takes its surface from this key of eventAttributes`,
  )
}
