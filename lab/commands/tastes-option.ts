import { InvalidArgumentError, Option } from 'commander'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { unknownName } from '../../src/domain/nearest-name.ts'
import { TASTES, type TasteName } from '../simulation/planted-tastes.ts'

/** Makes the option that says on which attributes of shoppers their tastes depend. @param effect what the option does, in words */
export function tastesOption(effect: string): Option {
  return new Option(
    '--tastes <names>',
    `${effect}. The names are age, city and size, separated by commas. With age, people like some categories more than others. With city, they like some brands more. With size, they like items of their own size. A fourth name, age_city, is a taste that depends on age and city together: neither of the two alone says anything about it`,
  ).argParser(tastesFrom)
}

/** Makes the option that says how strong these tastes are. */
export function tasteStrengthOption(): Option {
  return new Option(
    '--taste-strength <n>',
    'with --tastes: set how much these attributes matter. With 0, they do not matter. With 1, someone who fully likes a category is about e (2.7) times as likely to click its items as someone to whom it means nothing',
  )
    .argParser(numberFrom(0, 5))
    .default(1)
}

function tastesFrom(text: string): TasteName[] {
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    if (!isTaste(name)) throw new InvalidArgumentError(`There is no taste '${name}'${unknownName(name, TASTES)}`)
  }
  return TASTES.filter((name) => names.includes(name))
}

function isTaste(name: string): name is TasteName {
  return (TASTES as readonly string[]).includes(name)
}
