import { Injectable, RequestMethod } from '@nestjs/common';
import {
  HTTP_CODE_METADATA,
  METHOD_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule, ANSWERS, type RouteAnswers } from '#access';

/** A class of the request: a DTO with class-validator's decorators. */
export type DtoClass = abstract new (...args: never[]) => object;

/** What one argument of a handler takes from the request. */
export type RouteInput =
  | { readonly from: 'path' | 'query' | 'header'; readonly name: string }
  | { readonly from: 'query-dto'; readonly dto: DtoClass }
  | { readonly from: 'body'; readonly dto: DtoClass };

/** A route as Nest serves it. */
export interface ApiRoute {
  /** `GET`, `POST`, … */
  readonly method: string;
  /** With parameters in braces: `/api/v1/lifts/{registrationCode}`. */
  readonly path: string;
  /** Names of controller class and method. */
  readonly controller: string;
  readonly handler: string;
  /** Null = it says nothing of itself, so the guard closes it. */
  readonly access: AccessRule | null;
  /** Null = nobody has described it. */
  readonly answers: RouteAnswers | null;
  /** Status of the good answer. */
  readonly status: number;
  readonly inputs: readonly RouteInput[];
}

interface ClassLike {
  readonly name: string;
  readonly prototype: unknown;
}

interface RouteArgument {
  readonly index: number;
  readonly data?: unknown;
}

const PLAIN_INPUTS: Readonly<Partial<Record<number, 'path' | 'query' | 'header'>>> = {
  [RouteParamtypes.PARAM]: 'path',
  [RouteParamtypes.QUERY]: 'query',
  [RouteParamtypes.HEADERS]: 'header',
};

/** Every HTTP route of this process, read from what the controllers say of themselves. */
@Injectable()
export class RouteCatalogue {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** In the order of path, then method. */
  list(): readonly ApiRoute[] {
    const routes = this.discovery.getControllers().flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const names = this.scanner.getAllMethodNames(metatype.prototype as object);
      return names.flatMap((name) => routesOf(metatype, name));
    });
    return routes.sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function routesOf(controller: ClassLike, name: string): readonly ApiRoute[] {
  const handler = (controller.prototype as Readonly<Record<string, unknown>>)[name];
  if (typeof handler !== 'function') return [];
  const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
  if (typeof method !== 'number') return [];
  const prefixes = pathsOf(controller);
  return prefixes.flatMap((prefix) =>
    pathsOf(handler).map((path) => ({
      method: RequestMethod[method] ?? String(method),
      path: templateOf(`/${prefix}/${path}`),
      controller: controller.name,
      handler: name,
      access: ruleOf<AccessRule>(ACCESS_RULE, handler) ?? ruleOf<AccessRule>(ACCESS_RULE, controller),
      answers: ruleOf<RouteAnswers>(ANSWERS, handler),
      status: ruleOf<number>(HTTP_CODE_METADATA, handler) ?? (method === RequestMethod.POST ? 201 : 200),
      inputs: inputsOf(controller, name),
    })),
  );
}

function ruleOf<T>(key: string, target: object): T | null {
  return (Reflect.getMetadata(key, target) as T | undefined) ?? null;
}

function pathsOf(target: object): readonly string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return typeof path === 'string' ? [path] : (path ?? ['']);
}

/** `//api/v1/lifts/:id/` → `/api/v1/lifts/{id}`. */
function templateOf(path: string): string {
  const levels = path.split('/').filter((level) => level !== '');
  return `/${levels.map((level) => level.replace(/^:(\w+)$/, '{$1}')).join('/')}`;
}

function inputsOf(controller: ClassLike, name: string): readonly RouteInput[] {
  const given = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as
    | Record<string, RouteArgument>
    | undefined;
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype as object, name) ??
    []) as unknown[];
  return Object.entries(given ?? {}).flatMap(([key, { index, data }]): readonly RouteInput[] => {
    const kind = Number(key.split(':')[0]);
    const from = PLAIN_INPUTS[kind];
    if (from !== undefined && typeof data === 'string') return [{ from, name: data }];
    const type = types[index];
    if (typeof type !== 'function' || type === Object || type === String) return [];
    const dto = type as unknown as DtoClass;
    if (kind === RouteParamtypes.BODY) return [{ from: 'body', dto }];
    return kind === RouteParamtypes.QUERY ? [{ from: 'query-dto', dto }] : [];
  });
}
