/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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

/** What a feature describes. */
export type EntityKind =
  /** A value of an item attribute, such as one brand. Features of a surface, or of a position on a surface, have this kind too. */
  | 'ATTRIBUTE'
  /** The request for a slate, such as its time, surface or device. Features that say which sources proposed a candidate have this kind too. */
  | 'CONTEXT'
  /** An item. */
  | 'ITEM'
  /** A session: events of a user without a long pause. */
  | 'SESSION'
  /** A candidate of one request for a slate, beside its other candidates. For example, the rank of an item by price among the candidates is such a feature. */
  | 'SLATE'
  /** A user. */
  | 'USER'
  /** A user together with an item. */
  | 'USER_ITEM';

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

/** By what a list of items is ordered. Pass exactly one field. */
export type ItemOrder =
  {   /** Name of an attribute. If its values are of several types, they are ordered by type: in ascending order, first true and false, then numbers, then texts. Descending order is the reverse. */
  attribute: string; feature?: never; }
  |  { attribute?: never;   /** Name of a feature about items that consists of a single number, such as `item_views`. */
  feature: string; };

/** How the service found that an item is similar to another. */
export type SimilarityKind =
  /** The same users act on both items within a short time. */
  | 'BEHAVIOUR'
  /** The uploaded vectors of both items (lists of numbers that describe them) are similar. Events do not count. */
  | 'VECTOR';

export type FindItemsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: ItemFilter | null | undefined;
  orderBy?: ItemOrder | null | undefined;
}>;


export type FindItemsQuery = { items: { totalCount: number | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { id: string, itemId: string, available: boolean, title: string | number | boolean | null, popularity: number | null, clickRate: number | null } }> } | null };

export type ItemProfileQueryVariables = Exact<{
  itemId: string;
}>;


export type ItemProfileQuery = { item: { id: string, itemId: string, available: boolean, updatedAt: string | null, attributes: { [key: string]: unknown }, title: string | number | boolean | null, features: Array<{ name: string, value: number | null, breakdown: Array<{ key: string, value: number }> | null }> | null } | null };

export type FeatureMeaningsQueryVariables = Exact<{ [key: string]: never; }>;


export type FeatureMeaningsQuery = { accumulators: Array<{ name: string, features: Array<{ name: string, label: string, description: string, entity: EntityKind, unit: string | null }> }> | null };

export type ItemFiguresQueryVariables = Exact<{
  itemId: string;
}>;


export type ItemFiguresQuery = { itemFeatures: Array<{ itemId: string, features: Array<{ name: string, value: number | null }> }> | null };

export type ItemNeighboursQueryVariables = Exact<{
  itemId: string;
  first: number;
}>;


export type ItemNeighboursQuery = { similarItems: Array<{ score: number | null, similarBy: SimilarityKind | null, item: { id: string, itemId: string, title: string | number | boolean | null } }> | null };


export const FindItemsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FindItems"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ItemFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ItemOrder"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"items"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","name":{"kind":"Name","value":"available"}},{"kind":"Field","alias":{"kind":"Name","value":"title"},"name":{"kind":"Name","value":"attribute"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"title","block":false}}]},{"kind":"Field","alias":{"kind":"Name","value":"popularity"},"name":{"kind":"Name","value":"feature"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"item_popularity_1d","block":false}}]},{"kind":"Field","alias":{"kind":"Name","value":"clickRate"},"name":{"kind":"Name","value":"feature"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"item_ctr_7d","block":false}}]}]}}]}}]}}]}}]} as unknown as DocumentNode<FindItemsQuery, FindItemsQueryVariables>;
export const ItemProfileDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ItemProfile"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"itemId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"item"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"itemId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"itemId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","name":{"kind":"Name","value":"available"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"}},{"kind":"Field","alias":{"kind":"Name","value":"title"},"name":{"kind":"Name","value":"attribute"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"title","block":false}}]},{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ItemProfileQuery, ItemProfileQueryVariables>;
export const FeatureMeaningsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FeatureMeanings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accumulators"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}}]}}]}}]}}]} as unknown as DocumentNode<FeatureMeaningsQuery, FeatureMeaningsQueryVariables>;
export const ItemFiguresDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ItemFigures"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"itemId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"itemFeatures"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"itemIds"},"value":{"kind":"ListValue","values":[{"kind":"Variable","name":{"kind":"Name","value":"itemId"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"item_popularity_1h","block":false},{"kind":"StringValue","value":"item_popularity_1d","block":false},{"kind":"StringValue","value":"item_popularity_7d","block":false}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}}]}}]} as unknown as DocumentNode<ItemFiguresQuery, ItemFiguresQueryVariables>;
export const ItemNeighboursDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ItemNeighbours"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"itemId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"similarItems"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"itemId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"itemId"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"similarBy"}},{"kind":"Field","name":{"kind":"Name","value":"item"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","alias":{"kind":"Name","value":"title"},"name":{"kind":"Name","value":"attribute"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"title","block":false}}]}]}}]}}]}}]} as unknown as DocumentNode<ItemNeighboursQuery, ItemNeighboursQueryVariables>;