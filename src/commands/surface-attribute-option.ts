import { Option } from 'commander'

/** Defines the option `--surface-attribute`, for logs of other systems. @param where ends in a colon and a space; empty if the command reads no other logs */
export function surfaceAttributeOption(where = ''): Option {
  return new Option(
    '--surface-attribute <name>',
    `${where}if eventAttributes of an event has no key surface, take the surface (place in the app) from this other key of eventAttributes`,
  )
}
