import { Type } from 'class-transformer';
import {
  IsDefined,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { NewKey } from './key-rows.js';
import { ROLES, type Role, type Scope } from './principal.js';
import { problem } from './problem.js';

const SCOPE_KINDS = ['all', 'district', 'firm'] as const;

/** `{"kind": "all"}`, `{"kind": "district", "prefix": "3309"}` or `{"kind": "firm", "firm": "f1"}`. */
export class ScopeDto {
  @IsIn(SCOPE_KINDS)
  kind!: (typeof SCOPE_KINDS)[number];

  /**
   * The first 2 to 12 digits of district codes: 2 a province, 4 a city, 6 a county, 9 a township, 12 a
   * village.
   */
  @ValidateIf((scope: ScopeDto) => scope.kind === 'district' || scope.prefix !== undefined)
  @Matches(/^\d{2}(\d{2}(\d{2}(\d{3}){0,2})?)?$/, { message: 'prefix must be 2, 4, 6, 9 or 12 digits' })
  prefix?: string;

  /** Id of a firm. */
  @ValidateIf((scope: ScopeDto) => scope.kind === 'firm' || scope.firm !== undefined)
  @IsString()
  @Length(1, 64)
  firm?: string;
}

export class NewKeyDto {
  /** Whose key it is, for people. */
  @IsString()
  @IsNotEmpty()
  @Length(1, 100)
  label!: string;

  @IsIn(ROLES)
  role!: Role;

  @ValidateNested()
  @Type(() => ScopeDto)
  @IsDefined()
  scope!: ScopeDto;
}

/** What may change of a key. Its role may not: a key of another role is another key. */
export class KeyChangeDto {
  /** Whose key it is, for people. */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  label?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => ScopeDto)
  scope?: ScopeDto;
}

/**
 * The key that was asked for. Throws a 400 problem when role and scope do not go together: a firm's key sees
 * that firm alone, and an admin's is never narrower than what an admin can grant.
 */
export function newKeyOf(dto: NewKeyDto): NewKey {
  return { label: dto.label, role: dto.role, scope: scopeFor(dto.role, dto.scope) };
}

/** What `key` becomes by `dto`. Throws as `newKeyOf` does. */
export function changedKey(key: NewKey, dto: KeyChangeDto): Pick<NewKey, 'label' | 'scope'> {
  return {
    label: dto.label ?? key.label,
    scope: dto.scope ? scopeFor(key.role, dto.scope) : key.scope,
  };
}

function scopeFor(role: Role, dto: ScopeDto): Scope {
  const scope = scopeOf(dto);
  if (role === 'firm' && scope.kind !== 'firm')
    throw badScope('A key of role "firm" has a scope of kind "firm".');
  if (role === 'admin' && scope.kind !== 'all') throw badScope('A key of role "admin" has the scope "all".');
  return scope;
}

function scopeOf(dto: ScopeDto): Scope {
  const { kind, prefix, firm } = dto;
  if (kind === 'all' && prefix === undefined && firm === undefined) return { kind };
  if (kind === 'district' && prefix !== undefined && firm === undefined) return { kind, prefix };
  if (kind === 'firm' && firm !== undefined && prefix === undefined) return { kind, firm };
  throw badScope(
    `A scope of kind "${kind}" has ${kind === 'all' ? 'no other field' : 'only its own field'}.`,
  );
}

function badScope(message: string) {
  return problem(400, 'Invalid request', message, [{ field: 'scope', message }]);
}
