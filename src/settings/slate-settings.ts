import { DEFAULT_SLATE_LIVES, type SlateLives } from '../state/expiry.ts'
import { HOUR, MINUTE } from '../time-units.ts'
import { whole } from './setting-kinds.ts'

const DEFAULT_MEMORY_MB = 64
const DEFAULT_DISK_MB = 4096
const MB = 2 ** 20

/** Settings of how long, and where, slates are kept. */
export const slateSettings = {
  SLATE_MINUTES: whole(
    DEFAULT_SLATE_LIVES.unnamed / MINUTE,
    1,
    24 * 60,
    'Minutes for which the service keeps a slate that no event names. A later event gets the warning `UNKNOWN_SLATE`, and is recorded without its slate. An app can ask for the [next page](../guides/endless-feed.md) of a feed only while the service keeps the page before, for at most 30 minutes. More minutes take more [memory](operations.md#slates).',
  ),
  NAMED_SLATE_HOURS: whole(
    DEFAULT_SLATE_LIVES.named / HOUR,
    1,
    7 * 24,
    'Hours for which the service keeps a slate that an event has named, counted from when it was made. At least `SLATE_MINUTES`.',
  ),
  SLATES_MEMORY_MB: whole(
    DEFAULT_MEMORY_MB,
    1,
    1024 * 1024,
    'Megabytes of slates in the memory of the embedded store. It moves older ones to files in `DATA_DIR`.',
  ),
  SLATES_DISK_MB: whole(
    DEFAULT_DISK_MB,
    0,
    1024 * 1024,
    'Megabytes of slates in files of the embedded store. Above, it drops the oldest ones before they expire, and logs a warning.',
  ),
}

/** Values of these settings. Defaults apply to those that are absent. */
export type SlateSettings = Partial<Readonly<Record<keyof typeof slateSettings, number>>>

/** Returns how long kept slates stay known, in ms. Defaults apply to absent settings. */
export function slateLivesOf({ SLATE_MINUTES, NAMED_SLATE_HOURS }: SlateSettings): SlateLives {
  return {
    unnamed: SLATE_MINUTES === undefined ? DEFAULT_SLATE_LIVES.unnamed : SLATE_MINUTES * MINUTE,
    named: NAMED_SLATE_HOURS === undefined ? DEFAULT_SLATE_LIVES.named : NAMED_SLATE_HOURS * HOUR,
  }
}

/** Returns how many bytes of kept slates the embedded store holds in memory and on disk. */
export function slateRoomOf(settings: SlateSettings): { memoryBytes: number; diskBytes: number } {
  const { SLATES_MEMORY_MB = DEFAULT_MEMORY_MB, SLATES_DISK_MB = DEFAULT_DISK_MB } = settings
  return { memoryBytes: SLATES_MEMORY_MB * MB, diskBytes: SLATES_DISK_MB * MB }
}

/** Returns what is wrong with these settings together. */
export function slateProblems({ SLATE_MINUTES = 0, NAMED_SLATE_HOURS = Number.POSITIVE_INFINITY }: SlateSettings): string[] {
  if (NAMED_SLATE_HOURS * 60 >= SLATE_MINUTES) return []
  return ['NAMED_SLATE_HOURS: is shorter than SLATE_MINUTES. Set more hours.']
}
