import type { CountBytes, ErasedSubject, ErasureOutcome } from '../../src/state/erasure-outcome.ts'
import type { PersonalData } from '../../src/state/personal-data.ts'
import type { RowBlock, SetView } from '../../src/state/shared-sums.ts'
import type { SharedKind } from '../../src/state/slots.ts'
import type { KeptSlate, SetRead, StatePosition, StateStore, Swap, SwapOutcome } from '../../src/state/store.ts'
import type { Subject } from '../../src/state/subject.ts'

/** A store as somebody else sees it: what a view does not define for itself is the store's. */
export abstract class StoreView implements StateStore {
  protected readonly store: StateStore
  readonly name: StateStore['name']

  constructor(store: StateStore) {
    this.store = store
    this.name = store.name
  }

  get personalData(): PersonalData {
    return this.store.personalData
  }

  readValues(subjects: readonly Subject[]): Promise<(Uint8Array | undefined)[]> {
    return this.store.readValues(subjects)
  }

  readIdentities(subject: Subject, hashes: readonly string[]): Promise<(number | undefined)[]> {
    return this.store.readIdentities(subject, hashes)
  }

  copyIdentities(from: string, into: string): Promise<void> {
    return this.store.copyIdentities(from, into)
  }

  swap(swap: Swap): Promise<SwapOutcome> {
    return this.store.swap(swap)
  }

  readRows(kind: SharedKind, entities: readonly string[]): Promise<RowBlock> {
    return this.store.readRows(kind, entities)
  }

  readSets(reads: readonly SetRead[]): Promise<SetView[]> {
    return this.store.readSets(reads)
  }

  dropSums(entities: readonly string[]): Promise<void> {
    return this.store.dropSums(entities)
  }

  dropValues(subjects: readonly Subject[]): Promise<void> {
    return this.store.dropValues(subjects)
  }

  listSubjects(kind: 'item' | 'list' | 'rules' | 'audit'): AsyncIterable<{ id: string; value: Uint8Array }> {
    return this.store.listSubjects(kind)
  }

  readEvents(userId: string): Promise<string[]> {
    return this.store.readEvents(userId)
  }

  sampleUsers(): Promise<readonly string[]> {
    return this.store.sampleUsers()
  }

  erase(persons: readonly (readonly ErasedSubject[])[], count?: CountBytes): Promise<readonly ErasureOutcome[]> {
    return this.store.erase(persons, count)
  }

  readLife(userId: string): Promise<string> {
    return this.store.readLife(userId)
  }

  putSlate(slate: KeptSlate, life?: string): Promise<boolean> {
    return this.store.putSlate(slate, life)
  }

  position(): Promise<StatePosition | undefined> {
    return this.store.position()
  }

  getSlate(recommendationId: string): Promise<Uint8Array | undefined> {
    return this.store.getSlate(recommendationId)
  }

  settle(): Promise<void> {
    return this.store.settle()
  }

  foldLag(): Promise<number> {
    return this.store.foldLag()
  }

  poisonedEntries(): Promise<number> {
    return this.store.poisonedEntries()
  }

  ping(): Promise<void> {
    return this.store.ping()
  }

  async close(): Promise<void> {}
}
