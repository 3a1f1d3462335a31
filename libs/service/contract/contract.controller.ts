import { Controller, Get } from '@nestjs/common';
import { Answers, anyObject, Public } from '#access';
import { type AsyncApiDocument, asyncApi } from './asyncapi.js';
import { type OpenApiDocument, openApiOf } from './openapi.js';
import { RouteCatalogue } from './route-catalogue.js';

/**
 * What this process offers, for programs that generate clients. Open to all: it says nothing of any lift, and
 * nothing that the published source does not say.
 */
@Controller('api')
@Public()
export class ContractController {
  private openApi: OpenApiDocument | null = null;
  private readonly asyncApi = asyncApi();

  constructor(private readonly routes: RouteCatalogue) {}

  @Get('openapi.json')
  @Answers({ is: 'This API, as OpenAPI 3.1.', body: anyObject() })
  openapi(): OpenApiDocument {
    // The routes of a process do not change; its modules must all be there, so not before the first request.
    this.openApi ??= openApiOf(this.routes.list());
    return this.openApi;
  }

  @Get('asyncapi.json')
  @Answers({ is: 'What terminals publish and receive, as AsyncAPI 3.', body: anyObject() })
  asyncapi(): AsyncApiDocument {
    return this.asyncApi;
  }
}
