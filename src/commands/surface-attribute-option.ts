import { Option } from 'commander'

/** Defines the option `--surface-attribute`, for logs of other systems. @param where ends in a colon and a space; empty if the command reads no other logs */
export function surfaceAttributeOption(where = ''): Option {
  return new Option(
    '--surface-attribute <name>',
    `${where}take the surface of an event from this key of eventAttributes if there is no key surface`,
  )
}
