import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import type { Response } from 'express';
import { Allow, CurrentPrincipal } from './access.decorators.js';
import { Answers } from './answers.js';
import { ApiKeys } from './api-keys.js';
import { allowedVersions, entityTag, mustMatch } from './entity-tag.js';
import { changedKey, KeyChangeDto, NewKeyDto, newKeyOf } from './key.dto.js';
import type { KeyFacts, StoredKey } from './key-rows.js';
import { decodeCursor, type Page, PageQuery, pageOf } from './page.js';
import { type Principal, ROLES } from './principal.js';
import { problem } from './problem.js';
import { dateTime, type FieldsOf, nullable, objectOf, oneOf, pageOfSchema, text } from './schema.js';
import { SCOPE_SCHEMA } from './scope-schema.js';

const KEY_FIELDS: FieldsOf<KeyFacts> = {
  id: text(),
  label: text('Whose key it is, for people.'),
  role: oneOf(ROLES),
  scope: SCOPE_SCHEMA,
  createdAt: dateTime(),
  revokedAt: nullable(dateTime()),
};
const KEY_SCHEMA = objectOf<KeyFacts>('Key', KEY_FIELDS);
const NEW_KEY_SCHEMA = objectOf<KeyFacts & { readonly key: string }>('NewKey', {
  ...KEY_FIELDS,
  key: text('The text of the key: shown this once.'),
});
const ETAG = { ETag: 'Tag of what is shown, for If-Match.' };

/** API keys, for admins. */
@Controller('api/v1/keys')
@Allow('admin')
export class KeyController {
  constructor(private readonly keys: ApiKeys) {}

  /** Answers the key's text: the only time that it is shown. */
  @Post()
  @Answers({ is: 'Makes a key; its text is shown this once.', body: NEW_KEY_SCHEMA })
  async create(
    @Body() dto: NewKeyDto,
    @CurrentPrincipal() by: Principal,
  ): Promise<KeyFacts & { readonly key: string }> {
    const { facts, text: key } = await this.keys.create(newKeyOf(dto), by);
    return { ...facts, key };
  }

  @Get()
  @Answers({
    is: 'Keys in the order of their ids, revoked ones too.',
    body: pageOfSchema('KeyPage', KEY_SCHEMA),
  })
  async list(@Query() query: PageQuery): Promise<Page<KeyFacts>> {
    const after = decodeCursor(query.cursor, ['string']);
    const rows = await this.keys.list(after?.[0] ?? null, query.limit + 1);
    return pageOf(rows, query.limit, (key) => [key.id]);
  }

  @Get(':id')
  @Answers({ is: 'One key.', body: KEY_SCHEMA, refuses: [404], headers: ETAG })
  async read(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<KeyFacts> {
    const key = await this.keys.find(id);
    if (key === null) throw problem(404, 'Not Found', `No key "${id}".`);
    return shown(key, response);
  }

  /** Streams and sessions of the key follow within 5 s. */
  @Patch(':id')
  @Answers({
    is: 'Changes label or scope of a key; its sessions and live streams follow within 5 s.',
    body: KEY_SCHEMA,
    refuses: [404, 412],
    headers: ETAG,
  })
  async change(
    @Param('id') id: string,
    @Body() dto: KeyChangeDto,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
    @Headers('if-match') ifMatch?: string,
  ): Promise<KeyFacts> {
    const allowed = allowedVersions(ifMatch);
    const changed = await this.keys.change(
      id,
      ({ facts, version }) => {
        mustMatch(allowed, version, `Key "${id}"`);
        return changedKey(facts, dto);
      },
      by,
    );
    if (changed === null) throw noKey(id);
    return shown(changed, response);
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers({ is: 'Revokes a key for ever, with its sessions and streams.', body: null, refuses: [404, 409] })
  async revoke(@Param('id') id: string, @CurrentPrincipal() by: Principal): Promise<void> {
    const outcome = await this.keys.revoke(id, by);
    if (outcome === 'unknown-key') throw noKey(id);
    if (outcome === 'last-admin') {
      throw problem(
        409,
        'Last admin key',
        `Key "${id}" is the last of role "admin": make another one first.`,
      );
    }
  }
}

function shown({ facts, version }: StoredKey, response: Response): KeyFacts {
  response.setHeader('ETag', entityTag(version, facts));
  return facts;
}

function noKey(id: string) {
  return problem(404, 'Not Found', `No key "${id}" that is not revoked.`);
}
