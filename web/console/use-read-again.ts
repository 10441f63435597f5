import { useEffect, useRef } from 'react'

/**
 * Reads again whenever a version changes, but not when the component appears.
 * @param version what the last reading depends on beside its variables, such as the time of the last change
 */
export function useReadAgain(version: unknown, read: () => void): void {
  const known = useRef(version)
  useEffect(() => {
    if (known.current === version) return
    known.current = version
    read()
  }, [version, read])
}
