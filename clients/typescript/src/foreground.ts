/** What the client does when the page or the network changes. */
export interface ForegroundListener {
  /** The device is online again, or the page is visible again. */
  readonly onWake: () => void
  /** The page became invisible (true), perhaps for ever, or visible (false). */
  readonly onHidden: (isHidden: boolean) => void
}

/** Watches the page, in a browser. Returns a function that ends this. Elsewhere, it does nothing. */
export function watchForeground({ onWake, onHidden }: ForegroundListener): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined' || !window.addEventListener) return () => {}
  const change = () => {
    const isHidden = document.visibilityState === 'hidden'
    onHidden(isHidden)
    if (!isHidden) onWake()
  }
  window.addEventListener('online', onWake)
  document.addEventListener('visibilitychange', change)
  return () => {
    window.removeEventListener('online', onWake)
    document.removeEventListener('visibilitychange', change)
  }
}
