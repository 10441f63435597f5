import type { Urgency } from './ranking-turns.ts'
import type { SlateTrigger } from './slate.ts'

/** Steps of a slate, in their order. */
export const SLATE_STEPS = ['read_user', 'gather', 'read_features', 'rank', 'arrange', 'keep'] as const
export type SlateStep = (typeof SLATE_STEPS)[number]

/** Told of the slates that are made. It is called for each of them, and must return at once. */
export interface SlateObserver {
  /** A step has ended, or failed. @param ms time that it took, with its waits for the store, in ms */
  step(step: SlateStep, ms: number): void
  /**
   * A slate was made.
   * @param surface as the client named it
   * @param tookMs time from the request to the slate, including storing it, in ms
   * @param fallback whether no model ranked
   */
  made(surface: string | undefined, trigger: SlateTrigger, tookMs: number, fallback: boolean): void
  /** A slate waited for its turn. @param ms time that it waited, in ms */
  waited(urgency: Urgency, ms: number): void
  /** A model failed, and the slate was ranked without one. */
  modelFailed(): void
}

/** Does a step of a slate, and tells the observer how long it took. */
export async function timed<T>(observer: SlateObserver | undefined, step: SlateStep, work: () => T | Promise<T>): Promise<T> {
  if (!observer) return work()
  const began = performance.now()
  try {
    return await work()
  } finally {
    observer.step(step, performance.now() - began)
  }
}
