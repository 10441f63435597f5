/** A language range with its weight, such as de-CH;q=0.8; RFC 9110, 12.4.2 and 12.5.4. */
const RANGE = /^\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i

/**
 * Returns the available language that an Accept-Language header prefers. Compares first subtags only: de matches de-CH (RFC 4647,
 * 3.4). Ignores ranges that cannot be parsed.
 * @param available languages such as en and de; the first stands for any (`*`)
 * @returns undefined if the header is missing or accepts none of them
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
