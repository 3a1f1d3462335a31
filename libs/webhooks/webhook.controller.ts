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
import {
  Allow,
  Answers,
  allowedVersions,
  CurrentPrincipal,
  decodeCursor,
  entityTag,
  type Page,
  PageQuery,
  type Principal,
  pageOf,
} from '#access';
import { TEST_SCHEMA } from './delivery-view.js';
import { EndpointPatchDto, NewEndpointDto } from './endpoint.dto.js';
import { failureProblem, noEndpoint } from './endpoint-problems.js';
import {
  ENDPOINT_PAGE_SCHEMA,
  ENDPOINT_SCHEMA,
  type EndpointView,
  NEW_ENDPOINT_SCHEMA,
  type NewEndpointView,
} from './endpoint-view.js';
import { type Outcome, type Versioned, WebhookEndpoints } from './webhook-endpoints.js';

const ETAG = { ETag: 'Version of the webhook, for If-Match.' };

/** Subscriptions. A firm has its own; admins and regulators see those of their scope. */
@Controller('api/v1/webhooks')
@Allow('admin', 'regulator', 'firm')
export class WebhookController {
  constructor(private readonly endpoints: WebhookEndpoints) {}

  @Post()
  @Answers({
    is: 'Makes a webhook in your scope; its secret is shown this once.',
    body: NEW_ENDPOINT_SCHEMA,
    refuses: [409, 422],
    headers: ETAG,
  })
  async create(
    @Body() dto: NewEndpointDto,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<NewEndpointView> {
    return shown('new', await this.endpoints.create(dto, by), response);
  }

  @Get()
  @Answers({ is: 'Webhooks of your scope, in the order of their ids.', body: ENDPOINT_PAGE_SCHEMA })
  async list(@Query() query: PageQuery, @CurrentPrincipal() by: Principal): Promise<Page<EndpointView>> {
    const after = decodeCursor(query.cursor, ['string']);
    const views = await this.endpoints.list(by, after?.[0] ?? null, query.limit + 1);
    return pageOf(views, query.limit, ({ id }) => [id]);
  }

  @Get(':id')
  @Answers({ is: 'One webhook, without its secret.', body: ENDPOINT_SCHEMA, refuses: [404], headers: ETAG })
  async read(
    @Param('id') id: string,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<EndpointView> {
    const found = await this.endpoints.find(id, by);
    if (found === null) throw noEndpoint(id);
    return shown(id, { ok: true, value: found }, response);
  }

  @Patch(':id')
  @Answers({
    is: 'Changes a webhook, enables or disables it.',
    body: ENDPOINT_SCHEMA,
    refuses: [404, 412, 422],
    headers: ETAG,
  })
  async change(
    @Param('id') id: string,
    @Body() dto: EndpointPatchDto,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
    @Headers('if-match') ifMatch?: string,
  ): Promise<EndpointView> {
    return shown(id, await this.endpoints.change(id, dto, allowedVersions(ifMatch), by), response);
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers({ is: 'Removes a webhook; what waits for it is cancelled.', body: null, refuses: [404, 412] })
  async remove(
    @Param('id') id: string,
    @CurrentPrincipal() by: Principal,
    @Headers('if-match') ifMatch?: string,
  ): Promise<void> {
    const outcome = await this.endpoints.remove(id, allowedVersions(ifMatch), by);
    if (!outcome.ok) throw failureProblem(id, outcome);
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Answers({
    is: 'Makes a new secret, shown this once; messages carry signatures of both for 24 hours.',
    body: NEW_ENDPOINT_SCHEMA,
    refuses: [404, 409, 412],
    headers: ETAG,
  })
  async rotate(
    @Param('id') id: string,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
    @Headers('if-match') ifMatch?: string,
  ): Promise<NewEndpointView> {
    return shown(id, await this.endpoints.rotate(id, allowedVersions(ifMatch), by), response);
  }

  @Post(':id/test')
  @HttpCode(202)
  @Answers({ is: 'Sends a webhook.test to it.', body: TEST_SCHEMA, refuses: [404, 409] })
  async test(
    @Param('id') id: string,
    @CurrentPrincipal() by: Principal,
  ): Promise<{ readonly delivery: string }> {
    const outcome = await this.endpoints.test(id, by);
    if (!outcome.ok) throw failureProblem(id, outcome);
    return { delivery: outcome.value };
  }
}

/** The view with its tag. Throws the problem of a failure. */
function shown<T>(id: string, outcome: Outcome<Versioned<T>>, response: Response): T {
  if (!outcome.ok) throw failureProblem(id, outcome);
  const { view, version } = outcome.value;
  response.setHeader('ETag', entityTag(version, view));
  return view;
}
