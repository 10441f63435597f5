import { useState } from 'react'
import type { DraftRules } from './draft-rules.ts'
import { keepFormerRules, keptFormerRules } from './former-rules.ts'
import type { Draft } from './use-draft.ts'
import { usePublish } from './use-publish.ts'

interface PublishingOptions {
  /** The rules that are published now. */
  readonly rules: DraftRules
  /** When they were published; null if there are none. */
  readonly publishedAt: string | null
  /** Reads them again. */
  readonly read: () => void
  /** Gets the rules that were published, and when, before they are read again. */
  readonly onSent: Draft['follow']
}

/** A publication of this tab that nobody has replaced yet. */
export interface Publication {
  /** When it was; null if no rules are left. */
  readonly at: string | null
  /** Whether the reader has published it on this page, and did not come to the page later. */
  readonly isOfNow: boolean
  /** Whether it was an undo. */
  readonly isUndone: boolean
  readonly isBusy: boolean
  /** Publishes the rules again that it replaced. */
  readonly takeBack: () => void
}

/** Asks before it publishes, and can undo it, and undo the undo, until somebody else publishes. */
export function usePublishing(surface: string | null, { rules, publishedAt, read, onSent }: PublishingOptions) {
  const [found] = useState(() => keptFormerRules(surface))
  const [kept, setKept] = useState(found)
  const former = kept?.replacedAt === publishedAt ? kept : undefined
  const [isAsking, setAsking] = useState(false)
  const { publish, failure, isBusy, forget } = usePublish(surface)
  const send = async (next: DraftRules, isUndone: boolean) => {
    const replacedAt = await publish(next)
    if (replacedAt === undefined) return
    const replaced = { rules, replacedAt, isUndone }
    keepFormerRules(surface, replaced)
    setKept(replaced)
    setAsking(false)
    onSent(next, replacedAt)
    read()
  }
  const last: Publication | undefined = former && {
    at: former.replacedAt,
    isOfNow: former !== found,
    isUndone: former.isUndone,
    isBusy,
    takeBack: () => void send(former.rules, !former.isUndone),
  }
  return {
    last,
    isAsking,
    failure,
    isBusy,
    ask: () => {
      forget()
      // Somebody else may have published meanwhile.
      read()
      setAsking(true)
    },
    close: () => {
      forget()
      setAsking(false)
    },
    send: (next: DraftRules) => void send(next, false),
  }
}
