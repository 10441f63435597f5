import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Domain } from '../../src/domain/domain.ts'
import { LiverankError } from '../../src/errors.ts'
import { MAX_AHEAD } from '../../src/events/validate-event.ts'
import { type GivenFeature, type LoggedEvent, type LoggedSlate, parseSlate } from '../../src/import/log-lines.ts'
import { countBroken, type LogProblems, noProblems, refuseBroken } from '../../src/import/log-problems.ts'
import { parseRules } from '../../src/rules/standing-rules.ts'
import { givenOfLog } from '../../src/slate/given-items.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import { isOfJournal, linkJournal, withPlaces } from '../../src/state/embedded/link-journal.ts'
import type { ConsentRule } from '../../src/state/expiry.ts'
import { Archive, type PlacedEntry } from '../../src/state/log/archive.ts'
import { Owners } from '../../src/state/log/final-owners.ts'
import { segmentNumber, snapshotNumber } from '../../src/state/log/journal-names.ts'
import { whyNotCounted, withoutCapped } from '../../src/state/log/not-counted.ts'
import type { EventFacts, RecordedEvent, SlateEntry } from '../../src/state/log-entry.ts'
import { DAY } from '../../src/time-units.ts'
import { NO_GIVEN_ORDER } from './given-order.ts'
import type { GradedSlate } from './graded-slates.ts'
import { NEXT_ITEM_RULES, type NextItems } from './next-items.ts'
import { RecordedState } from './recorded-state.ts'
import { contextOf } from './request-context.ts'
import type { NextMoment, Played, PlayedPart, SeenEvent, TrainingLog } from './training-log.ts'

export interface RecordedLogOptions {
  readonly domain: Domain
  /** Folder of the archive that goes with a DATA_DIR. */
  readonly archive: string
  /** Folder for links to files that a running service may rename. */
  readonly scratch: string
}

/** Where a log begins, and what it is read from. */
interface Beginning {
  readonly archive: Archive
  readonly snapshot: string | undefined
  /** Where a file is that a message names by the place where it is held. */
  readonly placeOf: (message: string) => string
}

/**
 * The log of a service: a DATA_DIR with its archive, or an archive alone. A decision is a slate that was served. The log has
 * nothing of erased users, and events that were logged but not counted produce no labels. The service may record while the log is
 * read; new entries are not read.
 */
export class RecordedLog implements TrainingLog {
  readonly folder: string
  /** The log has every list that the service was given, so no order shown stands for one. */
  readonly givenOrder = NO_GIVEN_ORDER
  readonly #domain: Domain
  readonly #beginning: Beginning
  readonly #entries: number
  readonly #hash: string
  readonly #owners: Owners

  private constructor(folder: string, domain: Domain, beginning: Beginning, found: Survey) {
    this.folder = folder
    this.#domain = domain
    this.#beginning = beginning
    this.#entries = found.entries
    this.#hash = found.hash
    this.#owners = found.owners
  }

  /** @throws LiverankError DAMAGED_LOG or UNUSABLE_DATA when it cannot be read */
  static async open(folder: string, { domain, archive, scratch }: RecordedLogOptions): Promise<RecordedLog> {
    const beginning = await beginningOf(folder, archive, scratch)
    return new RecordedLog(folder, domain, beginning, await survey(beginning, domain.consent))
  }

  async hash(): Promise<string> {
    return this.#hash
  }

  async *events(problems: LogProblems): AsyncGenerator<SeenEvent> {
    const slates = new Map<string, LoggedSlate>()
    let served = 0
    for await (const { entry, number } of this.entries(problems)) {
      if (entry.kind === 'slate') {
        const slate = this.#slate(entry, --served)
        for (const [id, { generatedAt }] of slates) {
          if (generatedAt >= slate.generatedAt - KEPT_FOR) break
          slates.delete(id)
        }
        if (!this.#isExcluded(entry.userId, number)) slates.set(slate.recommendationId, slate)
      } else if (entry.kind === 'events') {
        const userId = this.#owners.ownerOf(entry.userId)
        const isExcluded = this.#isExcluded(entry.userId, number)
        for (const { event, facts } of entry.events) {
          const named = event.recommendationId === undefined ? undefined : slates.get(event.recommendationId)
          yield {
            event: { ...event, userId, ...countedPositions(event, facts) } satisfies LoggedEvent,
            slate: named?.userId === userId ? named : undefined,
            ignored: isExcluded || whyNotCounted(facts) !== undefined,
          }
        }
      }
    }
    refuseBroken(problems)
  }

  /** Whether a user is erased after an entry, or lacks consent at the end of the log. */
  #isExcluded(userId: string, number: number): boolean {
    return this.#owners.isErased(userId, number) || this.#owners.lacksConsent(userId)
  }

  async playNext(
    { byEvent, firsts }: Pick<NextItems, 'byEvent' | 'firsts'>,
    { until }: Pick<PlayedPart, 'until'>,
    onMoment: (moment: NextMoment, played: Played) => Promise<void>,
  ): Promise<void> {
    const state = await this.begin()
    let events = 0
    let before: number | undefined
    for await (const { entry, where } of this.entries()) {
      if (entry.kind !== 'events') {
        await state.apply(entry, where)
        continue
      }
      if (events + entry.events.length > until) return
      const first = firsts.get(events)
      if (first && before !== undefined) {
        const [{ event }] = entry.events
        const request = requestForNext(entry.userId, event, this.#contextOf(event))
        const moment = { number: events, event, isFirst: true, next: first, request }
        await state.at(before, () => onMoment(moment, state))
      }
      await state.apply(entry, where)
      before = entry.recordedAt
      events += entry.events.length
      // Of events that came together, nobody was asked in between.
      const number = events - 1
      const next = byEvent.get(number)
      if (!next) continue
      const { event } = entry.events[entry.events.length - 1]
      const { userId, recordedAt } = entry
      const request = requestForNext(userId, event, this.#contextOf(event))
      const moment = { number, event, isFirst: false, next, request }
      await state.at(recordedAt, () => onMoment(moment, state))
    }
  }

  async playShown(
    shown: ReadonlyMap<number, GradedSlate>,
    { until }: Pick<PlayedPart, 'until'>,
    onSlate: (slate: GradedSlate, request: SlateRequest, played: Played) => Promise<void>,
  ): Promise<void> {
    const state = await this.begin()
    let events = 0
    let served = 0
    for await (const { entry, where } of this.entries()) {
      if (entry.kind === 'slate') {
        const slate = shown.get(--served)
        if (!slate) continue
        const { recommendationId, generatedAt } = parseSlate(entry.slate)
        if (recommendationId !== slate.recommendationId) {
          throw new LiverankError(
            'UNUSABLE_DATA',
            `${this.folder} changed while it was read, for example by an erasure: run the command again.`,
          )
        }
        const request = requestOfSlate(entry)
        await state.at(generatedAt, () => onSlate(slate, request, state))
        continue
      }
      if (entry.kind === 'events') {
        // Impressions that name no slate: what was shown was decided before they were recorded.
        for (const { event } of entry.events) {
          const slate = shown.get(events++)
          if (events > until) return
          if (!slate) continue
          const { surface, device } = slate
          const request = requestOf(entry.userId, { sessionId: event.sessionId, surface, device, ...this.#contextOf(event) })
          await state.at(entry.recordedAt, () => onSlate(slate, request, state))
        }
      }
      await state.apply(entry, where)
    }
  }

  #contextOf(event: RecordedEvent) {
    return contextOf(event, this.#domain)
  }

  /** Returns the state before the first entry of the log. */
  begin(): Promise<RecordedState> {
    return RecordedState.begin(this.#domain, this.#beginning.snapshot)
  }

  #slate(entry: SlateEntry, decision: number): LoggedSlate {
    const userId = this.#owners.ownerOf(entry.userId)
    return { ...parseSlate(entry.slate), userId, decision, givenFeatures: givenFeaturesOf(entry) }
  }

  /** The logs of Redis by partition; none in a journal. */
  get partitions(): Archive['partitions'] {
    return this.#beginning.archive.partitions
  }

  /** The entries that were there when the log was opened. */
  async *entries(problems: LogProblems = noProblems()): AsyncGenerator<PlacedEntry & { readonly number: number }> {
    let number = 0
    for await (const placed of entriesOf(this.#beginning, problems)) {
      if (number >= this.#entries) return
      yield { ...placed, number: number++ }
    }
  }
}

/** Of an impression with items over the limit of an hour, the positions of its other items. */
function countedPositions({ positions }: RecordedEvent, facts: EventFacts): Pick<RecordedEvent, 'positions'> {
  const { items } = withoutCapped(facts)
  if (positions === undefined || items.length === facts.items.length) return {}
  return { positions: items.flatMap(({ position }) => position ?? []) }
}

function givenFeaturesOf({ request: { given } = {} }: SlateEntry): GivenFeature[] {
  return [...(given?.ordered ? (['given_rank'] as const) : []), ...(given?.scores ? (['given_score'] as const) : [])]
}

/** As long as the service keeps a slate. */
const KEPT_FOR = DAY + MAX_AHEAD

/** Returns the request that a logged slate answered. */
export function requestOfSlate(entry: SlateEntry): SlateRequest {
  const { surface, device, earlier } = parseSlate(entry.slate)
  const { rules, given, after: _, ...asked } = entry.request ?? {}
  return requestOf(entry.userId, {
    ...asked,
    ...(rules && { rules: parseRules(rules) }),
    surface,
    device,
    ...(given && { given: givenOfLog(given) }),
    ...(earlier && { after: { itemIds: earlier } }),
  })
}

function requestForNext(userId: string, { sessionId }: RecordedEvent, context: Pick<SlateRequest, 'context'>): SlateRequest {
  return requestOf(userId, { sessionId, ...context, rules: NEXT_ITEM_RULES })
}

function requestOf(
  userId: string,
  asked: { readonly [of in 'sessionId' | 'surface' | 'device']?: string | null | undefined } & Pick<
    SlateRequest,
    'rules' | 'anchorItemIds' | 'given' | 'after' | 'context'
  >,
): SlateRequest {
  return {
    userId,
    first: 20,
    surface: asked.surface ?? undefined,
    device: asked.device ?? undefined,
    anchorItemIds: asked.anchorItemIds,
    sessionId: asked.sessionId ?? undefined,
    ...(asked.given && { given: asked.given }),
    ...(asked.after && { after: asked.after }),
    context: asked.context,
    ...(asked.rules && { rules: asked.rules }),
  }
}

/** Broken lines are left out and counted. */
async function* entriesOf({ archive, placeOf }: Beginning, problems: LogProblems): AsyncGenerator<PlacedEntry> {
  const onBroken = ({ message }: LiverankError) => {
    problems.lines++
    countBroken(problems, placeOf(message))
  }
  try {
    for await (const placed of archive.entries(onBroken)) {
      problems.lines++
      yield placed
    }
  } catch (error) {
    throw withPlaces(error, placeOf)
  }
}

/** What a pass over the whole log finds. */
interface Survey {
  readonly entries: number
  readonly hash: string
  readonly owners: Owners
}

async function survey(beginning: Beginning, rule: ConsentRule): Promise<Survey> {
  const owners = new Owners(rule)
  const hash = createHash('sha256')
  const problems = noProblems()
  let entries = 0
  for await (const { entry } of entriesOf(beginning, problems)) {
    hash.update(JSON.stringify(entry))
    owners.add(entry, entries++)
  }
  refuseBroken(problems)
  return { entries, hash: hash.digest('hex'), owners }
}

async function beginningOf(folder: string, archived: string, scratch: string): Promise<Beginning> {
  if (!(await readdir(folder)).some(isOfJournal)) {
    return { archive: await Archive.open([folder]), snapshot: undefined, placeOf: (message) => message }
  }
  const names = await linkJournal(folder, scratch)
  const folders = [scratch, ...(existsSync(archived) ? [archived] : [])]
  const inArchive = existsSync(archived) ? await readdir(archived) : []
  const segments = new Set([...names, ...inArchive].flatMap((name) => segmentNumber(name) ?? []))
  const snapshots = names.flatMap((name) => snapshotNumber(name) ?? [])
  const last = Math.max(0, ...segments, ...snapshots)
  const isWhole = (behind: number) => {
    for (let number = behind + 1; number <= last; number++) if (!segments.has(number)) return false
    return true
  }
  // All of it, if that is there; else what the earliest snapshot holds, and all behind it.
  const behind = [0, ...snapshots.sort((a, b) => a - b)].find(isWhole)
  if (behind === undefined) {
    throw new LiverankError(
      'DAMAGED_LOG',
      `${folder} cannot be read from its beginning, nor from a snapshot: segments are missing. Restore them from a copy, or set ARCHIVE_DIR to the folder that holds them.`,
    )
  }
  const snapshot = names.find((name) => behind > 0 && snapshotNumber(name) === behind)
  const placeOf = (message: string) => message.replaceAll(scratch, folder)
  return { archive: await Archive.open(folders, behind), snapshot: snapshot && join(scratch, snapshot), placeOf }
}
