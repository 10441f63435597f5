import { useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { mutationProblem } from '../../api/problem.ts'
import { DecideOnItemDocument, DismissTypesDocument } from '../../generated/console-user.ts'
import { useReader } from '../reader.ts'

/** Takes items out of the slates of a user, or lets them return, by the event types that the domain declares for this. */
export interface Dismissing {
  /** Whether the reader may do this, and the domain has an event type for it. */
  readonly isPossible: boolean
  /** Whether an event of this type takes an item out of the slates. */
  readonly isDismissal: (eventType: string) => boolean
  /** @param isWanted whether the item may return */
  readonly decide: (itemId: string, isWanted: boolean) => void
  /** Why the latest decision was not recorded. */
  readonly failure: string | undefined
}

/** Returns what the reader can do about the items in the slates of a user. */
export function useDismissing(userId: string): Dismissing {
  const { role } = useReader()
  const [{ data }] = useQuery({ query: DismissTypesDocument })
  const [, record] = useMutation(DecideOnItemDocument)
  const [failure, setFailure] = useState<string>()
  const namesOf = (wanted: 'DISMISS' | 'UNDISMISS') =>
    (data?.eventTypes ?? []).filter((type) => type.role === wanted).map(({ name }) => name)
  const [dismissals, returns] = [namesOf('DISMISS'), namesOf('UNDISMISS')]
  return {
    isPossible: role === 'admin' && dismissals.length > 0 && returns.length > 0,
    isDismissal: (eventType) => dismissals.includes(eventType),
    decide: (itemId, isWanted) => {
      const [eventType] = isWanted ? returns : dismissals
      void record({ userId, itemId, eventType: eventType! }).then(({ data, error }) =>
        setFailure(mutationProblem(error, data?.recordEvent)?.message),
      )
    },
    failure,
  }
}
