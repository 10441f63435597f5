import type { LoggedEvent } from './log-lines.ts'

/** Returns an attribute of an event, of any type; undefined if it is absent. */
export function attributeOf({ eventAttributes }: Pick<LoggedEvent, 'eventAttributes'>, name: string): unknown {
  return typeof eventAttributes === 'object' && eventAttributes !== null ? Reflect.get(eventAttributes, name) : undefined
}

/** Returns a text attribute of an event; undefined if it is absent, empty, or not a text. */
export function textOf(event: Pick<LoggedEvent, 'eventAttributes'>, name: string): string | undefined {
  const value = attributeOf(event, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}
