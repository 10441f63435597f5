/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A condition on an attribute of an item or user, such as a price below 20. If you pass several comparisons, all must hold. If the value of the attribute is a list, `eq` and `in` hold if they hold for one element. An item or user without the attribute meets only the condition `exists: false`. */
export type AttributeCondition = {
  /** The attribute must equal this value, and have the same type. */
  eq?: string | number | boolean | null | undefined;
  /** Name of an attribute of the items on screen (`anchorItemIds` of the request), such as brand. The item must have the same value as one of them, of the same type. If a value is a list, one equal element is enough. Only rules of slates may use this field. */
  equalsAnchor?: string | null | undefined;
  /** Name of an attribute of the user for whom the slate is, such as city. The item must have the same value, of the same type. If a value is a list, one equal element is enough. Only rules of slates may use this field. */
  equalsUser?: string | null | undefined;
  /** With true, the item or user must have the attribute. With false, the item or user must not have it. */
  exists?: boolean | null | undefined;
  /** The value is a number greater than this. */
  gt?: number | null | undefined;
  /** The value is a number of at least this. */
  gte?: number | null | undefined;
  /** The attribute must equal one of these values, and have the same type. */
  in?: Array<string | number | boolean> | null | undefined;
  /** Names of attributes of the user, 1 to 10, such as city and birthplace. The item must have a value of one of them, in the sense of `equalsUser`. Only rules of slates may use this field. */
  inUser?: Array<string> | null | undefined;
  /** The value is a number less than this. */
  lt?: number | null | undefined;
  /** The value is a number of at most this. */
  lte?: number | null | undefined;
  /** Name of the attribute, such as brand. */
  name: string;
  /** A share from 0 to 10, such as 0.2. The value must be a number near that of an item on screen for the same attribute: it may differ by at most this share of the number on screen. With 0.2 and a price of 100 on screen, prices from 80 to 120 match. Only rules of slates may use this field. */
  withinShareOfAnchor?: number | null | undefined;
};

/** Raises or lowers the scores of some items. */
export type BoostInput = {
  /** Factor, 0 to 1,000, by which the score of each item that the filter selects is multiplied. A factor below 1 lowers the score. */
  factor: number;
  /** The items whose scores change. */
  filter: ItemFilter;
};

/** An item that a request gives to be ranked. */
export type CandidateInput = {
  /** Id of the item. */
  itemId: string;
  /** A number by which you would rank the item, such as the score of a search engine: from -1e12 to 1e12. Higher is better. It is the feature `given_score`, which a model may rank by. */
  score?: number | null | undefined;
};

/** Code of an error. For a GraphQL error, the code is in `extensions.code`. For an error object in the data, it is in `code`. */
export type ErrorCode =
  /** The answer has more bytes than the service sends at once. Ask for fewer entries or fields. If `extensions` of the error has `applied: true`, the operation was a mutation, and the service has carried it out. */
  | 'ANSWER_TOO_LARGE'
  /** The HTTP body is not a GraphQL request in JSON. */
  | 'BAD_REQUEST'
  /** An argument, a variable or an element of the input (such as one event) is wrong. The message names it. */
  | 'BAD_USER_INPUT'
  /** The role of the caller may not do this, or may not do it for this user. Or the service does not allow the origin of the web page, or the `Host` header of the request. Nothing was done. */
  | 'FORBIDDEN'
  /** The document is not valid GraphQL. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document does not fit the schema. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** The service has a defect. The log of the service has the details. */
  | 'INTERNAL_SERVER_ERROR'
  /** The file of the model is damaged, or the model needs something that the service does not have, such as a feature. */
  | 'MODEL_CONTRACT'
  /** Something that the operation names does not exist, such as an item, a model or a key. */
  | 'NOT_FOUND'
  /** `operationName` is not the name of an operation in the document. */
  | 'OPERATION_RESOLUTION_FAILURE'
  /** The WebSocket message or the HTTP body is too large. The text of the error says how to split it. */
  | 'PAYLOAD_TOO_LARGE'
  /** The request has the SHA-256 hash of a document, but no persisted operation has this hash. */
  | 'PERSISTED_QUERY_NOT_FOUND'
  /** The request has only the hash of a document, and the service has no persisted operations. Send the document itself. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /** The service runs only persisted operations, and the document of the request is not one of them. */
  | 'PERSISTED_QUERY_ONLY'
  /** The operation exceeds a limit, such as the number of nested fields. The message names the limit. */
  | 'QUERY_TOO_COMPLEX'
  /** The caller sends too many operations, or runs too many at the same time. Send the operation again later. If `extensions` of the error has `retryAfterMs`, wait for this number of milliseconds. */
  | 'RATE_LIMITED'
  /** The token or the key is missing, not valid, expired or revoked. Nothing was done. */
  | 'UNAUTHENTICATED'
  /** The store did not answer, or the service has too much to do. Send the same operation again. If `extensions` of the error has `retryAfterMs`, wait for this number of milliseconds first. */
  | 'UNAVAILABLE'
  /** The stored data of one user is damaged. The service records nothing about this user until an operator has repaired the data. */
  | 'UNREADABLE_STATE';

/** Kind of a likely mistake in an event. The service records the event all the same. */
export type EventWarningCode =
  /** The user has dismissed 1000 items, the most that the service keeps. Each further dismissal takes the place of the oldest one, whose item slates may then show again. */
  | 'DISMISSALS_FULL'
  /** Events of this type are about an item, but this event names none. So the event counts for no item. */
  | 'NO_ITEM'
  /** The event is an impression of a slate, but names no position of the slate. So the service does not know which items became visible, and the event counts for no item. */
  | 'NO_POSITIONS'
  /** The domain does not declare the type of the event, but a type with nearly the same name. For example, the event has the type `addToCart`, and the domain declares `add_to_cart`. So the service does not know what the event means, and only notes that the user was active. */
  | 'TYPE_DIFFERS_IN_CASE'
  /** The domain does not declare this attribute. So the service stores the attribute, but computes nothing from it. There are three kinds of declared attributes: those of users, of requests and of events. If the domain declares no attribute of a kind, the service gives no such warnings about this kind. */
  | 'UNDECLARED_ATTRIBUTE'
  /** The domain does not declare the surface of the event, so reports do not show this surface. If the app names very many such surfaces in an hour (`unknownPerHour` in the domain), the event counts for its item, but for no surface. */
  | 'UNDECLARED_SURFACE'
  /** The domain does not declare the type of the event. So the service does not know what the event means, and only notes that the user was active. */
  | 'UNDECLARED_TYPE'
  /** The item of the event was never uploaded. So no slate shows the item. The event counts for the item, but not for its attributes, such as its brand, even if you upload them later. */
  | 'UNKNOWN_ITEM'
  /** The event names a slate that the service no longer stores, or that was made for another user. So the event counts for no slate. The service stores a slate for an hour (setting `SLATE_MINUTES`). If an event names the slate within this hour, the service stores it for a day (setting `NAMED_SLATE_HOURS`). */
  | 'UNKNOWN_SLATE'
  /** The value of an attribute is not of the type that the domain declares, or is too long or too large. So the service stores the value, but computes nothing from it, or only from a part of it. */
  | 'VALUE_NOT_COUNTED';

/** A condition on a feature of the item or user, such as a click rate above 0.1. All given comparisons must hold. In the filter of `RulesInput`, the feature may also be about the user and the item, such as how often the user viewed the item. It may also be about the user or the context of the request alone. */
export type FeatureCondition = {
  /** With true, the feature must have a value for the item or user. With false, its value must be null. */
  exists?: boolean | null | undefined;
  /** The value is a number greater than this. */
  gt?: number | null | undefined;
  /** The value is a number of at least this. */
  gte?: number | null | undefined;
  /** The value is a number less than this. */
  lt?: number | null | undefined;
  /** The value is a number of at most this. */
  lte?: number | null | undefined;
  /** Name of the feature, such as item_ctr_7d. The feature must consist of a single number. */
  name: string;
};

/** Selects items. Pass exactly one field. To join several filters, use `and`. `and: []` selects every item. */
export type ItemFilter =
  {   /** All of these filters select the item. */
  and: Array<ItemFilter>; attribute?: never; feature?: never; not?: never; or?: never; user?: never; }
  |  { and?: never;   /** An attribute of the item meets this condition. */
  attribute: AttributeCondition; feature?: never; not?: never; or?: never; user?: never; }
  |  { and?: never; attribute?: never;   /** A feature, such as the click rate of the item, meets this condition. */
  feature: FeatureCondition; not?: never; or?: never; user?: never; }
  |  { and?: never; attribute?: never; feature?: never;   /** This filter does not select the item. */
  not: ItemFilter; or?: never; user?: never; }
  |  { and?: never; attribute?: never; feature?: never; not?: never;   /** At least one of these filters selects the item. */
  or: Array<ItemFilter>; user?: never; }
  |  { and?: never; attribute?: never; feature?: never; not?: never; or?: never;   /** A condition for an uploaded attribute of the user who gets the slate. If the attribute meets this condition, the filter selects every item. If not, it selects no item. Only rules of slates may use this field. */
  user: AttributeCondition; };

/** At most `limit` items of a slate have the same value of the attribute. */
export type LimitPerInput = {
  /** Attribute of the items, such as brand. If its value is a list, each element counts. */
  attribute: string;
  /** Only items that this filter selects count, and only they are limited. If absent, all items. The filter may not use features. The filters of all limits together have at most 20 conditions. */
  filter?: ItemFilter | null | undefined;
  /** Largest number of items with one value, 1 to 1,000. */
  limit: number;
};

/** Why an event does not count, although it was valid. */
export type NotCountedReason =
  /** The user sent too many events on one item. The event changes what the service knows about the user, but not the totals of the item. By default, at most 30 events of a user on an item count in an hour. For events from apps and web pages, there is also a limit in each day (UTC): at most 30 impressions of an item count. Other events count as long as the sum of their weights is at most 30. The domain sets the weight of each event type, and can set other limits. */
  | 'ITEM_CAP'
  /** The event arrived more than 7 days after it happened. (The domain can set another time.) The service writes the event to its log, but the event changes nothing else. */
  | 'LATE'
  /** An attribute of the event, such as `traffic`, says that the event comes from staff, monitoring or a bot. The domain names the attribute and those of its values that do not count. The service writes the event to its log, but the event changes nothing else. */
  | 'MARKED_TRAFFIC'
  /** The service requires consent, and the user has not given it. Or the user has withdrawn consent. The event is not stored. */
  | 'NO_CONSENT'
  /** The user has opted out. The event is not stored. */
  | 'OPTED_OUT'
  /** The user sent more than 1,200 events in one minute. (The domain can set another number.) The service writes the event to its log, but the event changes nothing else. */
  | 'RATE_LIMIT'
  /** You never uploaded the item of the event. The app or web page sent events on more than 600 such items for this user in one hour. (The domain can set another number.) The event changes what the service knows about the user, but not the totals of the item. */
  | 'UNKNOWN_ITEM_CAP';

/** Puts an item at a fixed position, whatever its score. */
export type PinInput = {
  /** The item to pin. Pin each item only once. */
  itemId: string;
  /** Position in the slate: 1 is the top. In a request, it is at most `first`. In standing rules, it is at most 100. */
  position: number;
};

/** Kind of a reason. */
export type ReasonCode =
  /** The uploaded vectors of the item and of `anchorItem` are similar. */
  | 'ALIKE'
  /** The item is similar to `anchorItem`, on which the user acted lately. */
  | 'BECAUSE_YOU_VIEWED'
  /** Users choose the item together with `anchorItem`. */
  | 'CHOSEN_TOGETHER'
  /** The service drew the item at random from items that few people have seen. */
  | 'EXPLORATION'
  /** The item is popular, and has an attribute that the user likes. */
  | 'FAVOURITE'
  /** The item is popular, and from a brand that the user likes. */
  | 'FAVOURITE_BRAND'
  /** The item is popular in a category that the user likes. */
  | 'FAVOURITE_CATEGORY'
  /** The request gave the item in `candidates`. */
  | 'GIVEN'
  /** The sources proposed too few items, and this item fills the slate. */
  | 'MORE'
  /** The item is new. */
  | 'NEW'
  /** A source of your own gave the reason. `ownCode` has its code. */
  | 'OTHER'
  /** People with the same value of an attribute, such as the city, act on the item. */
  | 'PEOPLE_LIKE_YOU'
  /** The item is in the offline list of a segment, or in that for all users. */
  | 'PICKED_BY_US'
  /** The item is in the offline list of the user. */
  | 'PICKED_FOR_YOU'
  /** A rule pinned the item: it put the item at a fixed position. */
  | 'PINNED'
  /** The user acted on the item before. */
  | 'SEEN_BEFORE'
  /** The item is similar to `anchorItem`, which is on screen. */
  | 'SIMILAR_TO_THIS'
  /** Many users act on the item now. */
  | 'TRENDING'
  /** Many users act on the item now, in a category that the user prefers or visits. */
  | 'TRENDING_FOR_YOU'
  /** Many users act on the item now, on this surface. */
  | 'TRENDING_HERE';

/** A request for a slate. */
export type RecommendationsInput = {
  /** For the next page of a feed: the `recommendationId` of the latest page. The new slate leaves out the items of that slate, and of the slates before it. It also shows no other variants of these items, if the domain groups variants. Name a slate that the service made for the same user in the last 30 minutes. Otherwise, the slate has the warning `AFTER_UNKNOWN`, and may repeat items. A subscription cannot have `afterSlate`. */
  afterSlate?: string | null | undefined;
  /** The items on screen, at most 20: the item of an item page, or all items of the cart. The service proposes items that are similar to them, or that users often choose together with them. The items on screen do not appear in the slate. */
  anchorItemIds?: Array<string> | null | undefined;
  /** Items to rank, 1 to 500: for example, the results of a search. The slate has only these items. All rules apply to them, but the service adds no items, and draws none at random. Items that are unavailable, or not in the catalogue, are left out. If absent, the service proposes items by itself. */
  candidates?: Array<CandidateInput> | null | undefined;
  /** What you know about the situation, as a JSON object. The key `device`, such as `mobile`, has an effect: a model may rank by it. So do the attributes that the domain declares as `contextAttributes`. */
  context?: { [key: string]: unknown } | null | undefined;
  /** Number of items, 1 to 100. */
  first?: number;
  /** With true, the order of `candidates` means something, such as how well each item fits a search. The place of an item then is the feature `given_rank`, which a model may rank by. If no model ranks, or if the model was not trained with `given_rank`, the service ranks by this order and by what it knows of the user. */
  ordered?: boolean;
  /** With true, the request only tries out `rules`, for example for an employee who writes rules. The service does not log the slate, and draws no items at random. If the request has `rules`, they replace all standing rules (rules that are stored in the service). */
  preview?: boolean;
  /** Rules for this slate. A rule that is absent or null here comes from the standing rules (rules that are stored in the service). */
  rules?: RulesInput | null | undefined;
  /** Id of the user's session. If absent, the latest session of the user. */
  sessionId?: string | null | undefined;
  /** Where the slate is shown, such as `home`, `cart` or `item_page`. Some standing rules (rules that are stored in the service) apply on one surface only. One part of the trending items comes from the events on this surface. The model may rank by the surface. */
  surface?: string | null | undefined;
  /** Id of the user for whom the slate is. */
  userId: string;
};

/** One event of a user: something that a user did or saw. */
export type RecordEventInput = {
  /** A JSON object of at most 8 KiB that describes the event. You may choose its keys, but the service gives some keys a meaning. The key `value` is the worth of a goal: an event that the domain declares as a success, such as a purchase. If `value` is absent, the worth is the key `price` times the key `quantity`. These three keys must be numbers from -1e12 to 1e12. The key `position` is the position of the item on the screen, a whole number from 1 (the top) to 10,000. The other keys with a meaning must be strings of at most 128 characters. `surface` is where the event happened, `device` the kind of device, `locale` the language of the user, and `query` the search query. `traffic` says who caused the event if no customer did, such as `staff` or `bot`. If one of these keys has any other value, the event is invalid (`InvalidInputError`). */
  eventAttributes?: { [key: string]: unknown } | null | undefined;
  /** Id of the event, chosen by the client: 1 to 128 characters. Send the same id on every retry. For 7 days, or as long as the domain sets, another event of the user with this id changes nothing, even if its other fields differ. Without an id the server makes one, and a retry may count twice. */
  eventId?: string | null | undefined;
  /** Type of the event, 1 to 128 characters. The query `eventTypes` lists the types that the domain declares. The service also records other types, but uses them only to know when the user was active. */
  eventType: string;
  /** The item that the event is about: 1 to 128 characters. Leave it out for events about no item, such as `session_start` or search, and for an impression with `positions`. */
  itemId?: string | null | undefined;
  /** Only for an impression, instead of `itemId`: the positions of the slate that became visible, from 1 (the top). At most 200. Also send the `recommendationId` of the slate. */
  positions?: Array<number> | null | undefined;
  /** The `recommendationId` of the slate on which the user acted. So the service learns which slate led to the event. This works only while the service keeps the slate. By default, it keeps a slate for an hour (setting `SLATE_MINUTES`). If an event names the slate within this hour, the service keeps it for a day after making it (`NAMED_SLATE_HOURS`). */
  recommendationId?: string | null | undefined;
  /** Id of the visit to which the event belongs: 1 to 128 characters. Make a new id for each visit. */
  sessionId?: string | null | undefined;
  /** When the event happened. It must lie between 2000-01-01 and 5 minutes ahead of the server's clock. With any other value, the event is invalid (`InvalidInputError`). If absent, the service uses the time at which it receives the event. */
  timestamp?: string | number | null | undefined;
  /** Id of the user: 1 to 128 characters. For a visitor who has not logged in, an id that the app made. */
  userId: string;
};

/** What the service did with one event of a call of `recordEvents`. `counted`, `notCounted` and `error` are other fields of the answer for this event. */
export type RecordStatus =
  /** The event is valid, but not stored. `notCounted` says why. Do not send it again. */
  | 'DISCARDED'
  /** An event with this `eventId` was already stored, so nothing changed. */
  | 'DUPLICATE'
  /** The event is not recorded, because the stored data of the user is damaged, or because the service has a defect. Send the event again once an operator has repaired the cause. */
  | 'FAILED'
  /** The event is now stored. `counted` says whether it counts. */
  | 'RECORDED'
  /** The event is invalid. `error` says why. Do not send it again unchanged. */
  | 'REJECTED'
  /** The store did not answer, or the service has too much to do. So the event may or may not be stored. Send it again with the same `eventId`, so that it does not count twice. */
  | 'UNAVAILABLE';

/** Rules for a slate: each field is a rule. In a request, a rule that is absent or null comes from the standing rules (rules that are stored in the service). */
export type RulesInput = {
  /** Up to 50 boosts, which multiply the scores of some items. If several boosts select an item, all apply. */
  boost?: Array<BoostInput> | null | undefined;
  /** How much the items of the slate should differ from each other, 0 to 1. With 0, items are ranked by score alone. With 1, they are ranked only by how much they differ from the items above them. */
  diversity?: number | null | undefined;
  /** Ids of items that must not appear, at most 10,000. */
  exclude?: Array<string> | null | undefined;
  /** With true, items that the user bought (an event with the role `PURCHASE`) do not appear, if they are among the latest 150 items on which the user acted. They are left out in addition to those of `seen`. */
  excludePurchased?: boolean | null | undefined;
  /** With true, the latest 150 items on which the user acted, for example by a view, do not appear. They are left out in addition to those of `seen`. `seen: [{}]` leaves out the same items. */
  excludeSeen?: boolean | null | undefined;
  /** Only items that this filter selects may appear. */
  filter?: ItemFilter | null | undefined;
  /** Limits on the number of items with the same value of an attribute, such as 2 items of each brand. At most 10 limits. */
  limitPer?: Array<LimitPerInput> | null | undefined;
  /** Items at fixed positions. Use each position only once. */
  pin?: Array<PinInput> | null | undefined;
  /** Leaves out items on which the user acted. Each entry leaves out items by itself. At most 10 entries. If no rule sets `seen`, the domain decides: each built-in domain leaves out at least the item on which the user acted last. With `[]`, `seen` leaves out nothing. */
  seen?: Array<SeenRuleInput> | null | undefined;
};

/** Leaves out items on which the user acted, such as all that the user bought. `{}` leaves out all items on which the user acted, as far as the service knows them. */
export type SeenRuleInput = {
  /** Event types that count, 1 to 50, such as `purchase`. If absent, events of all types but impressions count. The service knows only some of the items on which a user acted. With `types`, these are the latest 150 items of each type, but at most 300 pairs of an item and a type. Without `types`, they are the latest 150 items on which the user acted within the time `expiry.pair` of the domain. If you name a type with the role `VIEW`, `CLICK` or `IMPRESSION`, all types with this role count. Of these, the service knows the latest 150 items within the same time. For an item with views and clicks, it knows only the time of the latest of both. */
  types?: Array<string> | null | undefined;
  /** Which part of these events counts. If absent, all events that the service knows. */
  within?: SeenWithinInput | null | undefined;
};

/** Which part of the events of the user counts. Pass exactly one field. */
export type SeenWithinInput =
  {   /** Events of the last hours count: a number of hours above 0 and at most 87,600. */
  hours: number; latestItems?: never; session?: never; }
  |  { hours?: never;   /** Events on this number of items count, 1 to 150: the items with the latest events. For example, 1 without `types` means the item on which the user acted last. */
  latestItems: number; session?: never; }
  |  { hours?: never; latestItems?: never;   /** With true, events since the start of the session count. This is the session that the request names, or else the latest session of the user. No event counts if the session has ended or has no event yet. The service refuses false. */
  session: boolean; };

/** Why a slate was made. */
export type SlateTrigger =
  /** An item of the previous slate was deleted or became unavailable. */
  | 'CATALOGUE'
  /** The data of the user was erased, so the version of the user begins again at a low number. Show this slate even if its version is lower than that of the slate on screen. */
  | 'ERASED'
  /** What the service knows about the user changed: by an event, by an upload about the user, or by a merge of two user ids. The slate in the answer to the mutation `recordEvent` has this trigger too. */
  | 'EVENT'
  /** The slate is the first one of a subscription, or the answer to a query. */
  | 'INITIAL'
  /** Another model became active. Or an active model now ranks for a larger or smaller share of the users. */
  | 'MODEL'
  /** For the time in the argument `refreshEveryMs` of the subscription, nothing else caused a new slate. */
  | 'REFRESH'
  /** The service can reach its store again after a failure, in which the store may have lost the latest data. So the version of the user may be lower than before. Show this slate even if its version is lower than that of the slate on screen. */
  | 'RESYNC'
  /** Standing rules (rules that are stored in the service) changed. */
  | 'RULES';

/** Kind of a warning of a slate. *Rules* say which items a slate may contain, and where. A *pin* is a rule that puts an item at a fixed position. */
export type SlateWarningCode =
  /** The slates before this one (`afterSlate`) have more than 1,000 items. The slate leaves out only the latest 1,000 of these items. */
  | 'AFTER_SHORTENED'
  /** The service does not know the slate that the request named in `afterSlate`. Perhaps it was made more than 30 minutes ago, is not a slate of this user, or is no longer kept. So the new slate may repeat items of earlier slates. */
  | 'AFTER_UNKNOWN'
  /** The request has the same item more than once in `candidates`. The item counts once, at its first place, with its first score. `itemIds` names the items. */
  | 'CANDIDATE_REPEATED'
  /** Some `candidates` of the request are not in the catalogue: they were never uploaded, or were deleted. The slate leaves them out. `itemIds` names them. */
  | 'CANDIDATE_UNKNOWN'
  /** The model that should have ranked the slate is not active, or the process cannot load it. Instead, another model or a fixed rule ranked the slate. */
  | 'MODEL_NOT_LOADED'
  /** The rule `filter` compares items with the user or with the items on screen, but the user or these items lack the value. So the filter selects no item. */
  | 'NOTHING_TO_COMPARE'
  /** The service could not store the slate. So if an event names this slate later, the service does not know which items the slate contained. */
  | 'NOT_KEPT'
  /** A pinned item is not at its position, or is not shown, because it conflicts with another pin. */
  | 'PIN_CONFLICT'
  /** A pinned item is not shown, because it is unavailable or another rule removes it. */
  | 'PIN_UNAVAILABLE'
  /** A source failed or was too slow. So the service made the slate without the candidates of this source. */
  | 'SOURCE_DROPPED'
  /** The slate is shorter than requested, because too few items meet the rules. */
  | 'TOO_FEW_ITEMS'
  /** The `context` of the request has an attribute that the domain does not declare, so the attribute has no effect. There are no such warnings if the domain declares no attributes of the context. */
  | 'UNDECLARED_ATTRIBUTE'
  /** A rule names an attribute that no item has, perhaps by mistake. */
  | 'UNKNOWN_ATTRIBUTE'
  /** The rule `seen` names an event type that the domain does not declare, perhaps by mistake. The rule still applies to events of this type, if there are any. */
  | 'UNKNOWN_EVENT_TYPE'
  /** A standing rule (a rule that is stored in the service) names a feature that no longer exists. */
  | 'UNKNOWN_FEATURE'
  /** An attribute in the `context` of the request is not of the type that the domain declares, or is too long or too large. So it has no effect, or only a part of it has one. */
  | 'VALUE_NOT_COUNTED';

export type RecordEventsMutationVariables = Exact<{
  events: Array<RecordEventInput> | RecordEventInput;
}>;


export type RecordEventsMutation = { recordEvents:
    | { code: ErrorCode, message: string }
    | { retryAfterMs: number | null, results: Array<{ index: number, status: RecordStatus, counted: boolean, notCounted: NotCountedReason | null, userVersion: number | null, warnings: Array<{ code: EventWarningCode, message: string }>, error: { code: ErrorCode, message: string, field: string | null } | null, failure: { code: ErrorCode, message: string } | null }> }
   | null };

export type LiveRecommendationsSubscriptionVariables = Exact<{
  input: RecommendationsInput;
  attributes?: Array<string> | string | null | undefined;
  eventTypes?: Array<string> | string | null | undefined;
  minIntervalMs: number;
  unless?: string | null | undefined;
}>;


export type LiveRecommendationsSubscription = { recommendations: { recommendationId: string, version: number, trigger: SlateTrigger, generatedAt: string, fallback: boolean, warnings: Array<{ code: SlateWarningCode, message: string, field: string | null }>, items: Array<{ position: number, item: { itemId: string, attributes: { [key: string]: unknown } }, reason: { code: ReasonCode, text: string, anchorItem: { itemId: string } | null } }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const RecordEventsDocument = new TypedDocumentString(`
    mutation RecordEvents($events: [RecordEventInput!]!) {
  recordEvents(input: {events: $events}) {
    ... on RecordEventsPayload {
      retryAfterMs
      results {
        index
        status
        counted
        notCounted
        userVersion
        warnings {
          code
          message
        }
        error {
          code
          message
          field
        }
        failure {
          code
          message
        }
      }
    }
    ... on Error {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RecordEventsMutation, RecordEventsMutationVariables>;
export const LiveRecommendationsDocument = new TypedDocumentString(`
    subscription LiveRecommendations($input: RecommendationsInput!, $attributes: [String!], $eventTypes: [String!], $minIntervalMs: Int!, $unless: ID) {
  recommendations(
    input: $input
    eventTypes: $eventTypes
    minIntervalMs: $minIntervalMs
    onlyChanged: true
    unless: $unless
  ) {
    recommendationId
    version
    trigger
    generatedAt
    fallback
    warnings {
      code
      message
      field
    }
    items {
      position
      item {
        itemId
        attributes(names: $attributes)
      }
      reason {
        code
        text
        anchorItem {
          itemId
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LiveRecommendationsSubscription, LiveRecommendationsSubscriptionVariables>;