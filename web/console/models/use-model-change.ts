import { useState } from 'react'
import { useMutation } from 'urql'
import { mutationProblem } from '../../api/problem.ts'
import {
  ActivateModelDocument,
  RegisterModelDocument,
  RetireModelDocument,
  ShadowModelDocument,
} from '../../generated/console-models.ts'

/** What can be done with a model. */
export type ModelAction = 'register' | 'activate' | 'shadow' | 'retire'

/** Does what the reader wants to do with a model, and keeps why it failed. */
export function useModelChange() {
  const [registering, register] = useMutation(RegisterModelDocument)
  const [activating, activate] = useMutation(ActivateModelDocument)
  const [shadowing, shadow] = useMutation(ShadowModelDocument)
  const [retiring, retire] = useMutation(RetireModelDocument)
  const [failure, setFailure] = useState<string>()
  /** @returns whether it is done */
  const change = async (action: ModelAction, name: string, traffic: number): Promise<boolean> => {
    const calls = {
      register: async () => {
        const { data, error } = await register({ name })
        return { outcome: data?.registerModel, error }
      },
      activate: async () => {
        const { data, error } = await activate({ name, traffic })
        return { outcome: data?.activateModel, error }
      },
      shadow: async () => {
        const { data, error } = await shadow({ name })
        return { outcome: data?.shadowModel, error }
      },
      retire: async () => {
        const { data, error } = await retire({ name })
        return { outcome: data?.retireModel, error }
      },
    }
    const { outcome, error } = await calls[action]()
    const reason = mutationProblem(error, outcome)?.message
    setFailure(reason)
    return reason === undefined
  }
  const isBusy = [registering, activating, shadowing, retiring].some(({ fetching }) => fetching)
  return { change, failure, isBusy }
}
