import type { PlatformApp } from './platform-app.js';
import { ROUTE_RULES, type RouteRule } from './route-rules.js';
import { type Caller, markOf, SIDES, type Side } from './two-sides.js';

function expected(rule: RouteRule, caller: Caller, side: Side | null): readonly number[] {
  if (rule.roles === null) return rule.granted;
  if (caller.role === null) return [401];
  if (!rule.roles.includes(caller.role)) return [403];
  return side === null || caller.sees.includes(side) ? rule.granted : [404];
}

/** The sides whose marks `text` holds, leaving out what it repeats of the request itself. */
function seenIn(text: string, path: string): readonly Side[] {
  const said = path
    .split('/')
    .reduce((rest, level) => (level === '' ? rest : rest.replaceAll(level, '')), text);
  return SIDES.filter((side) => said.includes(markOf(side)));
}

/** Asks as `caller` and says what is not as `rule` wants it; empty when all is. */
export async function breaches(
  app: PlatformApp,
  name: string,
  caller: Caller,
  side: Side | null,
): Promise<string[]> {
  const rule = ROUTE_RULES[name];
  if (rule === undefined) return [`${name} has no rule`];
  const method = name.split(' ')[0] ?? 'GET';
  const path = typeof rule.path === 'function' ? rule.path(side ?? 'A') : rule.path;
  const headers = caller.key === null ? {} : { authorization: `Bearer ${caller.key}` };
  const { status, text } = await app.send(method, path, headers, rule.body);
  const faults: string[] = [];
  const wanted = expected(rule, caller, side);
  if (!wanted.includes(status)) faults.push(`${status} instead of ${wanted.join(' or ')}`);
  const seen = seenIn(text, path);
  const strange = seen.filter((each) => !caller.sees.includes(each));
  if (strange.length > 0) faults.push(`shows side ${strange.join()} to whoever does not see it`);
  if (status === 200 && rule.shows) {
    // What is about one thing repeats its id, which does not count: its own texts must be there.
    const blind = rule.notForFirms && caller.name.includes('firm') ? [] : caller.sees;
    const missing = (side === null ? blind : [side]).filter((each) => !seen.includes(each));
    if (missing.length > 0) faults.push(`does not show side ${missing.join()}`);
  }
  return faults.map((fault) => `${method} ${path} by ${caller.name}: ${fault}`);
}
