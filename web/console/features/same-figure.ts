/** What a name of a feature says that the feature is about. */
interface NamedFeature {
  readonly name: string
  readonly entity: string
}

/** Attributes that no item has, but requests. */
const OF_REQUESTS = ['surface', 'position']

/** Returns the attribute whose values a feature describes, such as `brand` for brand_ctr_7d; undefined if it describes something else. */
export function attributeOf({ name, entity }: NamedFeature, attributes: readonly string[]): string | undefined {
  if (entity !== 'ATTRIBUTE') return undefined
  const fitting = [...OF_REQUESTS, ...attributes].filter((one) => name.startsWith(`${one}_`))
  return fitting.sort((left, right) => right.length - left.length)[0]
}

/**
 * Returns the features with the same figure of something else: for item_ctr_7d, those such as brand_ctr_7d, and the other way round.
 * @param all the catalogue
 * @param attributes names of the attributes of items
 */
export function sameFigure<F extends NamedFeature>(feature: F, all: readonly F[], attributes: readonly string[]): F[] {
  const figureOf = (one: NamedFeature) => {
    const about = one.entity === 'ITEM' ? 'item' : attributeOf(one, attributes)
    return about !== undefined && one.name.startsWith(`${about}_`) ? one.name.slice(about.length + 1) : undefined
  }
  const figure = figureOf(feature)
  return figure === undefined ? [] : all.filter((one) => one.name !== feature.name && figureOf(one) === figure)
}
