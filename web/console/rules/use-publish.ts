import { useState } from 'react'
import { useMutation } from 'urql'
import { mutationProblem } from '../../api/problem.ts'
import { PublishRulesDocument, RemoveStandingRulesDocument } from '../../generated/console-rules.ts'
import { type DraftRules, withoutEmptyLists } from './draft-rules.ts'

/** Publishes rules of a surface, or removes all of them if there are none. */
export function usePublish(surface: string | null) {
  const [{ fetching: isSetting }, set] = useMutation(PublishRulesDocument)
  const [{ fetching: isRemoving }, remove] = useMutation(RemoveStandingRulesDocument)
  const [failure, setFailure] = useState<string>()
  /** @returns when the rules were published, null if none are left; undefined if it failed: then `failure` says why */
  const publish = async (draft: DraftRules): Promise<string | null | undefined> => {
    const rules = withoutEmptyLists(draft)
    const isEmpty = Object.keys(rules).length === 0
    const { data, error } = isEmpty ? await remove({ surface }) : await set({ surface, rules })
    const result = data && ('removeRules' in data ? data.removeRules : data.setRules)
    const reason = mutationProblem(error, result)?.message
    setFailure(reason)
    if (reason !== undefined) return undefined
    return result && 'standing' in result ? result.standing.updatedAt : null
  }
  return { publish, failure, isBusy: isSetting || isRemoving, forget: () => setFailure(undefined) }
}
