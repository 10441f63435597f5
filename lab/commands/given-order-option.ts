import { Option } from 'commander'
import { repeatable } from '../../src/commands/option-parsers.ts'

/** Defines the option `--given-order`, for logs of other systems. @param where ends in a colon and a space; empty if the command reads no other logs */
export function givenOrderOption(where = ''): Option {
  return repeatable(
    new Option(
      '--given-order <surface>',
      `${where}on this surface, another system such as a search engine made the lists of the log. Later, your app will send them as candidates with ordered: true. The position of each shown item is then the feature given_rank. * means all lists, also those without a surface`,
    ),
  )
}
