import type { SlateWarning as SlateWarningModel, WarningCode } from '../slate/slate.ts'
import { builder } from './builder.ts'

const SlateWarningCode = builder.enumType('SlateWarningCode', {
  description: 'Kind of a warning of a slate. A pin is a rule that puts an item at a fixed position.',
  values: {
    MODEL_NOT_LOADED: {
      description:
        'The model that should rank is not active, or this process cannot load it. Another model ranked the slate, or a fixed rule did.',
    },
    NOT_KEPT: {
      description:
        'The service could not store the slate. So if events name the slate, the service does not know which items it contained.',
    },
    PIN_CONFLICT: {
      description: 'A pinned item is not at its position, or is not shown, because it conflicts with another pin.',
    },
    PIN_UNAVAILABLE: { description: 'A pinned item is not shown, because it is unavailable or another rule removes it.' },
    SOURCE_DROPPED: {
      description: 'A source of candidates failed or was too slow. The service made the slate without its items.',
    },
    TOO_FEW_ITEMS: { description: 'The slate is shorter than requested, because too few items meet the rules.' },
    UNKNOWN_ATTRIBUTE: { description: 'A rule names an attribute that no item has, perhaps by mistake.' },
    UNKNOWN_FEATURE: {
      description: 'A standing rule (a rule that is stored in the service) names a feature that no longer exists.',
    },
  } satisfies Record<WarningCode, { description: string }>,
})

export const SlateWarning = builder.objectRef<SlateWarningModel>('SlateWarning').implement({
  description: 'A rule that could not be met, or another problem of a slate. The slate is valid all the same.',
  fields: (t) => ({
    code: t.expose('code', { type: SlateWarningCode, description: 'Kind of the problem.' }),
    message: t.exposeString('message', { description: 'What is wrong, where, and what to do, in English.' }),
    field: t.string({
      nullable: true,
      description:
        'Path of the part of the rules that has the problem, such as `pin.0.itemId`. Null if the problem is not in a rule.',
      resolve: ({ field }) => field,
    }),
  }),
})
