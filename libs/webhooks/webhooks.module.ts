import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { AccessModule } from '#access';
import { AttemptResults } from './attempt-results.js';
import { Courier } from './courier.js';
import { DeliveryController } from './delivery.controller.js';
import { DeliveryQueue } from './delivery-queue.js';
import { DeliveryReads } from './delivery-reads.js';
import { EventFeedController } from './event-feed.controller.js';
import { EventFeedReads } from './event-feed-reads.js';
import { HostAddresses, SystemHostAddresses } from './host-addresses.js';
import { WebhookHousekeeping } from './housekeeping.js';
import { Notifier } from './notifier.controller.js';
import { SenderWakes } from './sender-wakes.js';
import { WebhookController } from './webhook.controller.js';
import { WebhookEndpoints } from './webhook-endpoints.js';
import { WebhookMetrics } from './webhook-metrics.js';
import { SenderParts, WebhookSender } from './webhook-sender.js';
import { openWebhookSettings, type WebhookConfig, WebhookSettings } from './webhook-settings.js';

/** What both halves share: the key and what is allowed, and the way to wake the sender. */
@Module({})
class WebhookGroundModule {}

/** Its handlers run under an `EventLogStrategy` of consumer `notifier`; the sender runs by itself. */
@Module({
  controllers: [Notifier],
  providers: [
    { provide: HostAddresses, useClass: SystemHostAddresses },
    Courier,
    DeliveryQueue,
    AttemptResults,
    WebhookMetrics,
    SenderParts,
    WebhookSender,
    WebhookHousekeeping,
  ],
})
class WebhookNotifierModule {}

@Module({
  imports: [AccessModule],
  controllers: [WebhookController, DeliveryController, EventFeedController],
  providers: [WebhookEndpoints, DeliveryReads, EventFeedReads],
})
class WebhookApiModule {}

type Imports = NonNullable<ModuleMetadata['imports']>;

/** Needed once a process by either half. */
export function webhookGroundModule(config: WebhookConfig): DynamicModule {
  return {
    module: WebhookGroundModule,
    global: true,
    providers: [{ provide: WebhookSettings, useFactory: () => openWebhookSettings(config) }, SenderWakes],
    exports: [WebhookSettings, SenderWakes],
  };
}

/**
 * Events of the log to deliveries, deliveries to endpoints. Needs Records, Clock and Metrics; `imports` gives
 * `LiftFacts`.
 */
export function webhookNotifierModule(imports: Imports): DynamicModule {
  return { module: WebhookNotifierModule, imports };
}

/** Subscriptions, deliveries and the feed by HTTP. Needs the same, and `AccessModule`. */
export function webhookApiModule(imports: Imports): DynamicModule {
  return { module: WebhookApiModule, imports };
}
