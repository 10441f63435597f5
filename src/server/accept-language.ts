/** A language range with its weight, such as de-CH;q=0.8; RFC 9110, 12.4.2 and 12.5.4. */
const RANGE = /^\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i

/**
 * The language that a header Accept-Language asks for most, of those that are there, by its first subtag: de of de-CH (RFC 4647, 3.4).
 * Ranges that cannot be read are passed over.
 * @param available such as en and de, the first standing for any (`*`)
 * @returns undefined where none is wanted, or nothing is said
 */
export function acceptedLanguage(header: string | null | undefined, available: readonly string[]): string | undefined {
  const wanted = (header ?? '').split(',').flatMap((text) => {
    const [, range, weight = '1'] = RANGE.exec(text) ?? []
    if (range === undefined) return []
    return { language: range.split('-')[0].toLowerCase(), weight: Number(weight) }
  })
  const refused = wanted.filter(({ weight }) => weight === 0).map(({ language }) => language)
  const left = available.filter((language) => !refused.includes(language))
  // Stable: of equal weights the first.
  for (const { language, weight } of wanted.sort((a, b) => b.weight - a.weight)) {
    if (weight === 0) break
    const found = language === '*' ? left[0] : left.find((one) => one === language)
    if (found !== undefined) return found
  }
  return undefined
}
