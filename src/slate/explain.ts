import type { CandidateReason } from '../candidates/source.ts'
import { de } from './reason-texts/de.ts'
import { en, type ReasonTexts } from './reason-texts/en.ts'
import { ja } from './reason-texts/ja.ts'

/** By language, as in BCP 47. Another one is a file and a place here. */
const TEXTS: ReadonlyMap<string, ReasonTexts> = new Map(Object.entries({ en, de, ja }))

/** Languages that reasons are written in, the first where none is wanted or none of theirs is there. */
export const LANGUAGES: readonly string[] = [...TEXTS.keys()]

/**
 * The reason in plain words.
 * @param anchorName name of the item that it refers to, if it refers to one
 * @param locale such as de, ja-JP or en-GB; in English where there is none of its language
 */
export function reasonText({ code }: CandidateReason, anchorName: string | undefined, locale = 'en'): string {
  const texts = TEXTS.get(locale.split(/[-_]/)[0].toLowerCase()) ?? en
  const text = Object.hasOwn(texts, code) ? texts[code as keyof ReasonTexts] : texts.OTHER
  return text.replace('{item}', () => anchorName ?? texts.THIS_ITEM)
}
