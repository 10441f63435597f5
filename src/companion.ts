/** What runs in the process of a service while it listens. */
export interface Companion {
  begin(): void
  /** Resolves when it no longer uses the service. */
  end(): Promise<void>
}
