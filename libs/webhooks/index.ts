export { EVENT_TYPES_VIEW } from './event-types.js';
export { NOTIFIER_CONSUMER } from './notifier.controller.js';
export { WEBHOOK_VARIABLES, type WebhookConfig } from './webhook-settings.js';
export { webhookApiModule, webhookGroundModule, webhookNotifierModule } from './webhooks.module.js';
