import { useMemo } from 'react'
import { useQuery } from 'urql'
import { ShopFeatureMeaningsDocument, type ShopFeatureMeaningsQuery } from '../../generated/shop.ts'

/** What a feature means, in words for readers. */
export type FeatureMeaning = NonNullable<ShopFeatureMeaningsQuery['accumulators']>[number]['features'][number]

/** Meanings by the names of the features. */
export type FeatureMeanings = ReadonlyMap<string, FeatureMeaning>

/** Returns what the features mean: undefined while it is being loaded, and nothing about any feature if that fails. */
export function useFeatureMeanings(): FeatureMeanings | undefined {
  const [{ data, error }] = useQuery({ query: ShopFeatureMeaningsDocument, variables: {} })
  return useMemo(() => {
    if (!data && !error) return undefined
    return new Map((data?.accumulators ?? []).flatMap(({ features }) => features.map((one) => [one.name, one])))
  }, [data, error])
}
