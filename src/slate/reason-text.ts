import type { CandidateReason } from '../candidates/source.ts'
import { de } from './reason-texts/de.ts'
import { en, type ReasonTexts } from './reason-texts/en.ts'
import { ja } from './reason-texts/ja.ts'

/** By language, as in BCP 47. Another one is a file and a place here. */
const TEXTS: ReadonlyMap<string, ReasonTexts> = new Map(Object.entries({ en, de, ja }))

/** Languages in which reasons are written. The first is used if the client asks for none, or for none of these. */
export const LANGUAGES: readonly string[] = [...TEXTS.keys()]

/** Reads no further than a language may be long, since a client may send megabytes. */
const LANGUAGE = /^([a-z]{1,8})(?:[-_]|$)/i

/**
 * Returns a reason as a sentence.
 * @param anchorName name of the item that the reason refers to; undefined if it has none
 * @param locale locale such as de, ja-JP or en-GB; English if its language is not available
 */
export function reasonText({ code }: CandidateReason, anchorName: string | undefined, locale = 'en'): string {
  const [, language = ''] = LANGUAGE.exec(locale) ?? []
  const texts = TEXTS.get(language.toLowerCase()) ?? en
  const text = Object.hasOwn(texts, code) ? texts[code as keyof ReasonTexts] : texts.OTHER
  return text.replace('{item}', () => anchorName ?? texts.THIS_ITEM)
}
