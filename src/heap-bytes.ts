/** Bytes of a pointer, and of a slot of an array or an object, in Node. */
const WORD = 8
/** Bytes of an object before its fields: its hidden class, and pointers to further fields and elements. */
const OBJECT = 3 * WORD
/** Bytes of a number that is a field of an object, and not a small integer: it is an object of its own. */
const BOXED_NUMBER = 2 * WORD
/** Bytes of an entry of a Map or Set, with its share of the table. */
const MAP_ENTRY = 5 * WORD
/** Bytes of a typed array before its elements: the view, its buffer, and the record of the memory outside the heap. */
const TYPED_ARRAY = 25 * WORD
const SMALL = 2 ** 31
/** Elements for which an array has room at least: one that has grown by `push`, and one that was parsed from JSON. */
const ROOM = { grown: 17, parsed: 0 } as const
type Arrays = keyof typeof ROOM

/**
 * Estimates the memory of many values from some of them, evenly spread.
 * @param count number of values
 * @param most number of values that are measured, at most
 * @param arrays how most of their arrays came about
 * @returns bytes of all values; 0 if there are none
 */
export function sampledBytes(values: Iterable<unknown>, count: number, most: number, arrays: Arrays = 'grown'): number {
  const step = Math.max(1, Math.floor(count / most))
  let [at, measured, bytes] = [0, 0, 0]
  for (const value of values) {
    if (at++ % step > 0) continue
    measured++
    bytes += bytesOf(value, new Set(), ROOM[arrays])
  }
  return measured === 0 ? 0 : Math.round((bytes / measured) * count)
}

/**
 * Estimates the memory of a value and of all that it refers to, in bytes: plain objects, arrays, Maps, Sets, typed arrays, strings and
 * numbers. Private fields of classes and functions do not count.
 * @param seen values that have counted already; they count once
 * @param room elements for which each array has room at least
 */
function bytesOf(value: unknown, seen: Set<unknown>, room: number): number {
  if (typeof value === 'string') return stringBytes(value)
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0
  seen.add(value)
  if (ArrayBuffer.isView(value)) return TYPED_ARRAY + value.byteLength
  if (Array.isArray(value)) return arrayBytes(value, seen, room)
  if (value instanceof Map) {
    let bytes = OBJECT + MAP_ENTRY
    for (const [key, held] of value) bytes += MAP_ENTRY + fieldBytes(key, seen, room) + fieldBytes(held, seen, room)
    return bytes
  }
  if (value instanceof Set) {
    let bytes = OBJECT + MAP_ENTRY
    for (const held of value) bytes += MAP_ENTRY + fieldBytes(held, seen, room)
    return bytes
  }
  let bytes = OBJECT
  for (const field of Object.values(value)) bytes += WORD + fieldBytes(field, seen, room)
  return bytes
}

function arrayBytes(array: readonly unknown[], seen: Set<unknown>, room: number): number {
  let bytes = OBJECT + 3 * WORD + (array.length === 0 ? 0 : Math.max(array.length, room)) * WORD
  // Numbers alone are stored in the array itself.
  for (const element of array) bytes += typeof element === 'number' ? 0 : bytesOf(element, seen, room)
  return bytes
}

function fieldBytes(value: unknown, seen: Set<unknown>, room: number): number {
  if (typeof value !== 'number') return bytesOf(value, seen, room)
  return Number.isInteger(value) && Math.abs(value) < SMALL ? 0 : BOXED_NUMBER
}

/** Short strings have a byte for each character, unless one of them needs two. */
function stringBytes(text: string): number {
  const width = /[^\0-\xff]/.test(text) ? 2 : 1
  return 2 * WORD + Math.ceil((text.length * width) / WORD) * WORD
}
