import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Allow } from './access.decorators.js';
import { ApiKeys, type KeyFacts } from './api-keys.js';
import { NewKeyDto, newKeyOf } from './key.dto.js';
import { decodeCursor, type Page, PageQuery, pageOf } from './page.js';
import { problem } from './problem.js';

/** API keys, for admins. */
@Controller('api/v1/keys')
@Allow('admin')
export class KeyController {
  constructor(private readonly keys: ApiKeys) {}

  /** Answers the key's text: the only time that it is shown. */
  @Post()
  async create(@Body() dto: NewKeyDto): Promise<KeyFacts & { readonly key: string }> {
    const { facts, text } = await this.keys.create(newKeyOf(dto));
    return { ...facts, key: text };
  }

  @Get()
  async list(@Query() query: PageQuery): Promise<Page<KeyFacts>> {
    const after = decodeCursor(query.cursor, ['string']);
    const rows = await this.keys.list(after?.[0] ?? null, query.limit + 1);
    return pageOf(rows, query.limit, (key) => [key.id]);
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(@Param('id') id: string): Promise<void> {
    const outcome = await this.keys.revoke(id);
    if (outcome === 'unknown-key') throw problem(404, 'Not Found', `No key "${id}" that is not revoked.`);
    if (outcome === 'last-admin') {
      throw problem(
        409,
        'Last admin key',
        `Key "${id}" is the last of role "admin": make another one first.`,
      );
    }
  }
}
