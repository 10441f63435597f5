import type { LoggedEvent } from './log-lines.ts'

/** What a log says in an attribute of an event, whatever that is; undefined where it says nothing. */
export function attributeOf({ eventAttributes }: Pick<LoggedEvent, 'eventAttributes'>, name: string): unknown {
  return typeof eventAttributes === 'object' && eventAttributes !== null ? Reflect.get(eventAttributes, name) : undefined
}

/** A text that is not empty; else undefined. */
export function textOf(event: Pick<LoggedEvent, 'eventAttributes'>, name: string): string | undefined {
  const value = attributeOf(event, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}
