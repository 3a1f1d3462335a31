import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Principal, Role } from './principal.js';

export const ACCESS_RULE = 'liftwarden:access';

/** What a route says of itself. A route that says nothing is closed to everyone (invariant 10). */
export type AccessRule =
  | { readonly public: true }
  | { readonly public: false; readonly roles: readonly Role[] };

/** Opens a route (or all routes of a controller) to keys of these roles. `admin` is not implied. */
export function Allow(...roles: readonly [Role, ...Role[]]): MethodDecorator & ClassDecorator {
  return SetMetadata<string, AccessRule>(ACCESS_RULE, { public: false, roles });
}

/** Opens a route to everyone, without a key: health checks and the page's own files. */
export function Public(): MethodDecorator & ClassDecorator {
  return SetMetadata<string, AccessRule>(ACCESS_RULE, { public: true });
}

/** Kept beside the request and not in it: nothing a client sends can pose as a principal. */
const principals = new WeakMap<object, Principal>();

export function setPrincipal(request: object, principal: Principal): void {
  principals.set(request, principal);
}

/** The caller of a route behind `@Allow`. Throws on a public route, which has none. */
export const CurrentPrincipal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal => {
    const principal = principals.get(context.switchToHttp().getRequest<object>());
    if (principal === undefined)
      throw new Error('@CurrentPrincipal() on a route without @Allow(): it has no caller.');
    return principal;
  },
);
