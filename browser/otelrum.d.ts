/** The parts of OpenTelemetry's interfaces that otelrum uses. */
interface Span {
  setAttributes(attributes: any): unknown;
  isRecording(): boolean;
  recordException(error: any): void;
  end(time?: number): void;
}
interface Tracer {
  startSpan(name: string, options?: { startTime?: number; attributes?: any; root?: boolean }): Span;
}
export type Privacy = 'allow' | 'mask';
export interface Options {
  /** Of any tracer provider of the page. */
  tracer: Tracer;
  /** `mask`: texts stay in the page, names come from selectors and given names; `data-dd-privacy` says otherwise for a part. */
  privacy?: Privacy;
  /** An attribute that gives names as `data-dd-action-name` does. */
  actionNameAttribute?: string;
  /** Gestures and what the user does besides: `click` and `user.activity` spans. */
  clicks?: boolean;
  /** Changes of the page as `dom.mutation` spans. */
  mutations?: boolean;
  /** Uncaught errors, unhandled rejections and `console.error`. */
  errors?: boolean;
  /** Sends what waits, for a page that registers no providers with OpenTelemetry's API: `() => provider.forceFlush()`. */
  flush?: () => Promise<unknown>;
}
/** Begin to watch the page; a second call does nothing, and neither does one where there is no `window`. */
export function start(options: Options): void;
/** What the SDK's span processors have. */
interface SpanProcessor {
  onStart(span: { setAttributes(attributes: any): unknown }): void;
  onEnd(): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}
/** What the SDK's log record processors have. */
interface LogRecordProcessor {
  onEmit(record: any, context?: any): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}
/** For `new WebTracerProvider({ spanProcessors: [spanProcessor(), …] })`: session, view and tab on every span. */
export function spanProcessor(): SpanProcessor;
/** The same for `new LoggerProvider({ processors: [logRecordProcessor(), …] })`. */
export function logRecordProcessor(): LogRecordProcessor;
/** For `new UserInteractionInstrumentation({ shouldPreventSpanCreation: interactionHook })`. */
export function interactionHook(type: string, element: HTMLElement, span: Span): boolean;
/** A custom action of one moment. */
export function addAction(name: string, context?: object): void;
export const addUserAction: typeof addAction;
/** A custom action that lasts until `stopAction` of the same `actionKey` (the name, where none is given). */
export function startAction(name: string, options?: { actionKey?: string; type?: string; context?: object }): void;
/** Its end; `context` is added to that of its start. */
export function stopAction(name: string, options?: { actionKey?: string; context?: object }): void;
