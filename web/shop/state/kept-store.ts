import { Store } from './store.ts'

export interface KeptStoreOptions<T> {
  /** Name under which the browser keeps the value. */
  readonly key: string
  /** Whether only this window has the value, or all windows of the browser that show the shop. */
  readonly scope: 'window' | 'browser'
  /** Reads what the browser kept; undefined if it is not usable. */
  readonly parse: (kept: unknown) => T | undefined
  /** The value if the browser kept none. */
  readonly fallback: () => T
}

/** A value that the browser keeps while the page is loaded again. */
export class KeptStore<T> extends Store<T> {
  readonly #key: string
  readonly #scope: KeptStoreOptions<T>['scope']

  constructor({ key, scope, parse, fallback }: KeptStoreOptions<T>) {
    const read = () => parse(parsed(storageOf(scope)?.getItem(key) ?? null)) ?? fallback()
    super(read())
    this.#key = key
    this.#scope = scope
    window.addEventListener('storage', (event) => {
      if (event.key === key && event.storageArea === storageOf(scope)) super.set(read())
    })
    // A value that was just made up must be that of the next window too.
    this.set(this.value)
  }

  override set(value: T): void {
    super.set(value)
    storageOf(this.#scope)?.setItem(this.#key, JSON.stringify(value))
  }
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Browsers that keep nothing for pages throw at the name alone. */
function storageOf(scope: 'window' | 'browser'): Storage | undefined {
  try {
    return scope === 'window' ? sessionStorage : localStorage
  } catch {
    return undefined
  }
}
